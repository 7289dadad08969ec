"""Where and with what was measured; and the files that tell the results."""

import datetime
import json
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path

from peer_servers import PEERS, PEERS_PYTHON
from servers import PALANTIR, ROOT
from table import markdown

RESULTS = Path(__file__).resolve().parent / "results"
PAGES = ROOT / "docs/performance"


def line_of(*command):
    """The first line that a command prints, on whichever of its two outputs."""
    ended = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=ROOT)
    return next(iter((ended.stdout + ended.stderr).splitlines()), "")


def machine():
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return {
        "cpu": cpu.group(1) if cpu else platform.machine(),
        "cores": len(re.findall(r"^processor", Path("/proc/cpuinfo").read_text(), re.MULTILINE)),
        "memory_gb": round(int(memory.group(1)) / 1024 ** 2),
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
    }


def versions():
    pinned = dict(line.split("==") for line in (PEERS / "requirements.txt").read_text().splitlines() if "==" in line)
    return {
        "palantir": line_of("git", "describe", "--always", "--dirty"),
        "binary_mb": round(PALANTIR.stat().st_size / 1024 ** 2, 1),
        "swift": line_of("swift", "--version"),
        "python": platform.python_version(),
        "models": {name: metadata.version(name) for name in
                   ("mlflow", "scikit-learn", "flask", "waitress", "fastapi", "uvicorn")},
        "fastapi_hub": {name: version for name, version in pinned.items() if name != "matplotlib"},
        "mariadb": line_of("mariadbd", "--version"),
        "nginx": line_of("nginx", "-v"),
        "wrk": line_of("wrk", "-v"),
    }


def write(result, folder):
    """Into `folder`, or where the project keeps them: the JSON, the table and the plots."""
    results, pages = (folder, folder) if folder else (RESULTS, PAGES)
    for place in (results, pages):
        place.mkdir(parents=True, exist_ok=True)
    path = results / f"{datetime.date.today()}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    (pages / "table.md").write_text(markdown(result))
    subprocess.run([PEERS_PYTHON, Path(__file__).with_name("plots.py"), path, pages], check=True)
    print(f"\nWritten: {path}, and table.md and plots in {pages}")
