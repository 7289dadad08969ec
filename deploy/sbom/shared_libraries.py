"""The shared libraries that a program is linked with: Debian's, by package, and Swift's."""

from __future__ import annotations

import pathlib
import re
import subprocess

from cyclonedx.model.component import Component, ComponentType
from packageurl import PackageURL


class UnknownLibrary(Exception):
    """A library that no package owns."""


def linked(program: pathlib.Path) -> list[pathlib.Path]:
    """The files that the loader would take, Swift's and the system's."""
    lines = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout.splitlines()
    missing = [line.strip() for line in lines if "not found" in line]
    if missing:
        raise UnknownLibrary(f"{program} needs what is not installed: {', '.join(missing)}")
    paths = (re.search(r"(?:=> )?(/\S+) \(0x", line) for line in lines)
    return [pathlib.Path(found.group(1)) for found in paths if found]


def is_swift(library: pathlib.Path) -> bool:
    """Whether the library is part of the Swift toolchain."""
    return library.parent.match("swift/linux")


def debian(libraries: list[pathlib.Path]) -> list[Component]:
    """One component a Debian package, with its version."""
    packages = sorted({owner(library) for library in libraries if not is_swift(library)})
    release = dict(
        line.split("=", 1) for line in pathlib.Path("/etc/os-release").read_text().splitlines() if "=" in line)
    distribution = f"{release['ID']}-{release.get('VERSION_ID', '').strip(chr(34))}"
    return [component(package, release["ID"], distribution) for package in packages]


def owner(library: pathlib.Path) -> str:
    """The package that the file is from. Debian lists it under `/lib` or `/usr/lib`, which are one folder."""
    real = library.resolve()
    names = {str(library), str(real), str(real).removeprefix("/usr"), "/usr" + str(library)}
    for name in sorted(names):
        found = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    raise UnknownLibrary(f"{library} is from no Debian package and not from Swift")


def component(package: str, vendor: str, distribution: str) -> Component:
    """A Debian package; its purl has the version and the architecture."""
    form = "${Version} ${Architecture}\n"
    shown = subprocess.run(
        ["dpkg-query", "--show", "--showformat", form, package], check=True, capture_output=True, text=True)
    version, architecture = shown.stdout.splitlines()[0].split()
    purl = PackageURL("deb", vendor, package, version, {"arch": architecture, "distro": distribution})
    return Component(
        name=package, version=version, type=ComponentType.LIBRARY, purl=purl, bom_ref=purl.to_string())


def swift_runtime(swift: str) -> Component:
    """Swift's standard library and Foundation, which a release holds and a debug build is linked with."""
    said = subprocess.run([swift, "--version"], check=True, capture_output=True, text=True).stdout
    version = re.search(r"Swift version (\S+)", said)
    if not version:
        raise UnknownLibrary(f"{swift} does not tell its version: {said!r}")
    tag = f"swift-{version.group(1)}-RELEASE"
    purl = PackageURL("github", "swiftlang", "swift", tag)
    return Component(
        name="swift", version=version.group(1), type=ComponentType.FRAMEWORK, purl=purl, bom_ref=purl.to_string(),
        description="Swift's runtime, standard library and Foundation")
