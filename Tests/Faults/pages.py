"""The table of docs/faults.md, as a run found it."""

import os
import platform
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/faults.md"
BEGIN, END = "<!-- the table: make faults FAULTS=--write-docs -->\n", "<!-- the table's end -->\n"


def write(report):
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(before + BEGIN + table(report) + END + after)


def table(report):
    results = report["faults"]
    broken = sum(bool(result["broken"]) for result in results.values())
    lines = [f"Measured {report['date']} on {os.cpu_count()} cores ({platform.machine()}), with a hub built for "
             f"{report['build']}: {len(results)} faults, {broken} promises broken.\n"]
    part = None
    for name, result in results.items():
        if result["part"] != part:
            part = result["part"]
            lines.append(f"\n### {part}\n\n| fault | promise | measured |\n| --- | --- | --- |")
        measured = f"skipped: {result['skipped']}" if result["skipped"] else result["measured"]
        if result["broken"]:
            measured += "; **broken**: " + "; ".join(result["broken"])
        lines.append(f"| `{name}` | {cell(result['promise'])} | {cell(measured)} |")
    return "\n".join(lines) + "\n\n"


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")
