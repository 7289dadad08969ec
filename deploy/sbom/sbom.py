"""Writes a CycloneDX document of what a built `palantir` is made of, and checks it against CycloneDX's schema."""

from __future__ import annotations

import argparse
import pathlib
import subprocess
import sys

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

import python_packages
import shared_libraries
import swift_packages

ROOT = pathlib.Path(__file__).resolve().parents[2]
EMBEDDED = ROOT / "Sources/Palantir/Deployment/LocalProcess/Python/requirements.txt"


def document(program: pathlib.Path, swift: str) -> Bom:
    """What the program is made of, and what needs what."""
    libraries = shared_libraries.debian(shared_libraries.linked(program))
    tree = swift_packages.tree(swift, ROOT)
    packages, needs = swift_packages.components(tree, swift_packages.revisions(ROOT))
    others = [shared_libraries.swift_runtime(swift), *libraries, *python_packages.components(EMBEDDED)]

    bom = Bom()
    bom.metadata.component = root = Component(
        name="palantir", version=version(), type=ComponentType.APPLICATION, bom_ref="palantir")
    for component in [*packages.values(), *others]:
        bom.components.add(component)
    for identity, below in needs.items():
        parent = packages.get(identity, root)
        bom.register_dependency(parent, [packages[name] for name in below])
    bom.register_dependency(root, others)
    return bom


def version() -> str:
    """The commit that was built."""
    described = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--tags"], capture_output=True, text=True)
    return described.stdout.strip() or "unknown"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=pathlib.Path, help="the built palantir")
    parser.add_argument("output", type=pathlib.Path, help="where the document is written")
    parser.add_argument("--swift", default="swift", help="the Swift that built it")
    options = parser.parse_args()
    try:
        text = JsonV1Dot6(document(options.program, options.swift)).output_as_string(indent=2)
    except (shared_libraries.UnknownLibrary, subprocess.CalledProcessError, OSError) as error:
        print(f"No SBOM: {error}", file=sys.stderr)
        return 1
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem:
        print(f"The document is not CycloneDX 1.6: {problem}", file=sys.stderr)
        return 1
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(text + "\n")
    print(f"{options.output}: CycloneDX 1.6, {text.count(chr(34) + 'bom-ref' + chr(34))} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())
