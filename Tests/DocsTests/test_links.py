"""Links between pages lead to files and headings that are there, and lists on pages are whole."""

import json
import re

import pytest
from pages import ROOT, names, text

LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", names())
def test_links_lead_somewhere(page):
    for link in LINK.findall(text(page)):
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{link}: there is no {target}"
        if anchor:
            assert anchor in anchors(target.read_text()), f"{link}: no such heading"


@pytest.mark.parametrize("page", names())
def test_make_knows_its_targets(page):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z-]+)", text(page))) <= set(targets)


def test_readme_leads_to_every_page():
    pages = {page for page in names() if page.startswith("docs/")} - {"docs/performance/table.md"}
    for readme in ("README.md", "README.pt-BR.md"):
        assert pages <= {link.partition("#")[0] for link in LINK.findall(text(readme))}


def test_every_error_code_has_its_remedy():
    document = json.loads((ROOT / "Sources/PalantirServer/OpenAPI/openapi.json").read_text())
    table = re.search(r"^## Errors, and what to do$(.*?)^## ", text("docs/operations.md"), re.MULTILINE | re.DOTALL)[1]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert sorted(code for row in rows for code in re.findall(r"`(\w+)`", row)) == sorted(
        document["components"]["schemas"]["Code"]["enum"])
