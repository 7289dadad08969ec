"""The Swift packages of the program, from SwiftPM's own list, with the revisions of `Package.resolved`."""

from __future__ import annotations

import json
import pathlib
import subprocess
from urllib.parse import urlsplit

from cyclonedx.model import ExternalReference, ExternalReferenceType, XsUri
from cyclonedx.model.component import Component, ComponentType
from packageurl import PackageURL


def tree(swift: str, root: pathlib.Path) -> dict:
    """The graph of dependencies as SwiftPM resolved it."""
    arguments = [swift, "package", "--package-path", str(root), "show-dependencies", "--format", "json"]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def revisions(root: pathlib.Path) -> dict[str, str]:
    """Each package's git revision, by its identity."""
    pins = json.loads((root / "Package.resolved").read_text())["pins"]
    return {pin["identity"]: pin["state"]["revision"] for pin in pins}


def components(node: dict, revisions: dict[str, str]) -> tuple[dict[str, Component], dict[str, set[str]]]:
    """The components by identity, and which needs which; the package itself is not among the components."""
    found: dict[str, Component] = {}
    needs: dict[str, set[str]] = {}

    def visit(package: dict) -> None:
        identity = package["identity"]
        below = {child["identity"] for child in package["dependencies"]}
        needs.setdefault(identity, set()).update(below)
        for child in package["dependencies"]:
            if child["identity"] not in found:
                found[child["identity"]] = component(child, revisions[child["identity"]])
            visit(child)

    visit(node)
    return found, needs


def component(package: dict, revision: str) -> Component:
    """One package; its purl is `pkg:swift/github.com/apple/swift-nio@2.101.2`."""
    address = package["url"].removesuffix(".git")
    parts = urlsplit(address)
    *folders, name = parts.path.strip("/").split("/")
    purl = PackageURL("swift", "/".join([parts.netloc, *folders]), name, package["version"])
    return Component(
        name=name, version=package["version"], type=ComponentType.LIBRARY, purl=purl, bom_ref=purl.to_string(),
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.VCS, url=XsUri(address), comment=f"git revision {revision}")
        ])
