"""The pages, and the code that stands in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(?:^<!-- (?P<note>[^\n]*?) -->\n)?^```(?P<language>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)

# Notes of blocks that these tests do not run.
ELSEWHERE = ("Not run by tests: ", "In make try-dist: ", "In make try-containers: ")
IN_STEPS = {"docs/quickstart.md", "docs/autodeploy.md", "docs/ray.md", "Fuzzing/README.md"}


@dataclass(frozen=True)
class Block:
    page: str
    section: str
    line: int
    language: str
    code: str
    note: str

    @property
    def why_not_run(self):
        """Why these tests do not run it; None if they do."""
        return next((self.note for start in ELSEWHERE if self.note.startswith(start)), None)

    @property
    def takes_long(self):
        return self.note.startswith("Long: ")

    @property
    def commands(self):
        """The code without comments and white space around it."""
        return [line for line in re.sub(r"(^|\s+)# .*$", "", self.code, flags=re.MULTILINE).split("\n") if line]

    @property
    def file(self):
        """The file that the reader is to write it to, if any."""
        return self.note.removeprefix("file: ") if self.note.startswith("file: ") else None

    @property
    def shown(self):
        """What the block says that its commands answer: comments that hold JSON, each without white space."""
        shown, comment = [], None
        for line in self.code.split("\n"):
            if line.startswith("# {"):
                comment = line[2:]
                shown.append(comment)
            elif comment and line.startswith("#  "):
                shown[-1] += line[2:]
            else:
                comment = None
        return [squeeze(each) for each in shown]


def squeeze(text):
    return re.sub(r"\s", "", text)


def names():
    found = [ROOT / name for name in ("README.md", "README.pt-BR.md", "CONTRIBUTING.md", "SECURITY.md")]
    for pattern in ("docs/*.md", "docs/performance/*.md", "Benchmarks/*.md", "Fuzzing/*.md", "examples/*/*.md", "clients/*/*.md"):
        found += ROOT.glob(pattern)
    return sorted(str(path.relative_to(ROOT)) for path in found)


def text(page):
    return (ROOT / page).read_text()


def blocks(page):
    content = text(page)
    return [
        Block(page, section(page, content[:found.start()]), content.count("\n", 0, found.start("code")) + 1,
              found["language"], found["code"], found["note"] or "")
        for found in BLOCK.finditer(content)]


def section(page, before):
    """Readers take a page's sections as they need them, but for those that are steps of one thing."""
    headings = re.findall(r"^## (.*)$", before, re.MULTILINE)
    return headings[-1] if headings and page not in IN_STEPS else ""
