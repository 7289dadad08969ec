"""The fault suite: each fault under a steady load, with an account of every request. Exits with 1 if a promise was broken."""

import argparse
import asyncio
import datetime
import fnmatch
import json
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parent.parent / "Benchmarks"))

import cases
import pages
from fault import FAULTS, Found, Skipped
from hub import PROGRAM, HubDown
from suite import Suite


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = [fault for fault in FAULTS if any(fnmatch.fnmatch(fault.name, part) for part in options.faults)]
    if not chosen:
        sys.exit(f"No fault is named like {' '.join(options.faults)}; --list names them.")
    if options.list:
        for fault in chosen:
            print(f"{fault.name:28} {fault.promise}")
        return
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} does not exist; build it, or name another by PALANTIR_BIN.")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="palantir-faults-") as folder:
        suite = Suite(Path(folder))
        try:
            results = asyncio.run(run(suite, chosen))
        except KeyboardInterrupt:
            sys.exit(130)
        finally:
            suite.end()
    broken = [name for name, result in results.items() if result["broken"]]
    skipped = [name for name, result in results.items() if result["skipped"]]
    print(f"\n{len(results) - len(broken) - len(skipped)} kept, {len(broken)} broken, {len(skipped)} skipped "
          f"in {time.monotonic() - began:.0f} s")
    build = "release" if "release" in str(PROGRAM) else "debugging"
    report = {"date": str(datetime.date.today()), "build": build, "faults": results}
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    if options.write_docs:
        pages.write(report)
    if broken:
        sys.exit(1)


async def run(suite, chosen):
    print("Starting MariaDB, MLflow, the models and the hub", flush=True)
    await suite.start()
    results = {}
    for number, fault in enumerate(chosen, 1):
        print(f"{number:3}/{len(chosen)} {fault.name:28} ", end="", flush=True)
        began = time.monotonic()
        try:
            found = await suite.run(fault)
        except Skipped as reason:
            found = Found(skipped=str(reason))
        except HubDown as error:
            found = suite.found
            found.broken.append(str(error))
        except Exception as error:
            found = suite.found
            traceback.print_exc()
            found.broken.append(f"the fault could not be done: {error!r}")
        seconds = time.monotonic() - began
        outcome = "skipped" if found.skipped else "BROKEN" if found.broken else "kept"
        print(f"{outcome:7} {seconds:5.1f} s  {found.skipped or '; '.join(found.measured)}", flush=True)
        for each in found.broken:
            print(f"{'':12}- {each}", flush=True)
        results[fault.name] = {
            "part": fault.part, "promise": fault.promise, "measured": "; ".join(found.measured),
            "broken": found.broken, "skipped": found.skipped, "seconds": round(seconds, 1)}
    return results


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", default=["*"], help="names, with * and ?; all by default")
    parser.add_argument("--list", action="store_true", help="name the faults and what is promised")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found")
    parser.add_argument("--write-docs", action="store_true", help="write the table of docs/faults.md")
    options = parser.parse_args()
    if options.write_docs and options.faults != ["*"]:
        parser.error("--write-docs goes with all faults: the table holds whole runs")
    return options


if __name__ == "__main__":
    main()
