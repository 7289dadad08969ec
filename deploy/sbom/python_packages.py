"""The Python packages that `palantir setup python` installs; the program holds their list, not themselves."""

from __future__ import annotations

import pathlib
import re

from cyclonedx.model.component import Component, ComponentScope, ComponentType
from packageurl import PackageURL


def components(requirements: pathlib.Path) -> list[Component]:
    """One optional component a line; a version only where the line has a single one."""
    found = []
    for line in requirements.read_text().splitlines():
        requirement = line.split("#")[0].strip()
        if not requirement:
            continue
        name = re.match(r"[A-Za-z0-9._-]+", requirement).group()
        exact = re.search(r"==([^,;\s]+)", requirement)
        version = exact.group(1) if exact else None
        purl = PackageURL("pypi", None, name.lower(), version)
        found.append(
            Component(
                name=name, version=version, type=ComponentType.LIBRARY, scope=ComponentScope.OPTIONAL, purl=purl,
                bom_ref=purl.to_string(), description=f"installed by `palantir setup python`: {requirement}"))
    return found
