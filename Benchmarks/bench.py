"""Measures Palantir beside its peers, interleaved in one run, and writes medians and ratios.

Absolute figures of two runs, or of two machines, say nothing beside each other; the ratios do.
"""

import argparse
import datetime
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import batching
import callers
import cases
import deployments
import growth
import open_loop
import results
import startup
from servers import Servers
from table import closed_table, targets_table
from targets import targets

# In this order: the last one ends MLflow.
PARTS = {
    "closed": cases.measure,
    "open": open_loop.measure,
    "batching": batching.measure,
    "models": growth.measure_models,
    "rows": growth.measure_rows,
    "callers": callers.measure,
    "deployments": deployments.measure,
    "start": startup.measure,
}


def main():
    options = parse_options()
    # Whoever ends it otherwise than by Ctrl-C is not to leave a dozen servers behind either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    result = {
        "date": str(datetime.date.today()), "machine": results.machine(), "versions": results.versions(),
        "settings": {"rounds": options.rounds, "seconds": options.seconds, "hub": dict(options.setting)},
    }
    with tempfile.TemporaryDirectory(prefix="palantir-bench-") as folder:
        servers = Servers(folder, dict(options.setting))
        try:
            for part, measure in PARTS.items():
                if part in options.only:
                    print(f"==> {part}", flush=True)
                    result |= measure(servers, options)
        except KeyboardInterrupt:
            sys.exit(130)
        finally:
            print("Ending the servers", flush=True)
            servers.processes.end_all()
    result["seconds_taken"] = round(time.monotonic() - began)
    result["targets"] = targets(result)
    if result.get("closed"):
        print("\n" + closed_table(result["closed"]))
    print("\n" + targets_table(result["targets"]))
    # The project's own pages hold whole runs, of the hub as it is and as it is released.
    is_whole = options.only == list(PARTS) and not options.case and not options.setting
    if options.out or (is_whole and "PALANTIR_BIN" not in os.environ):
        results.write(result, options.out)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=2, help="of each measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median counts (default: %(default)s)")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), metavar="PART,…",
                        help=f"some of {', '.join(PARTS)}; writes no results")
    parser.add_argument("--case", default="", metavar="TEXT",
                        help="closed: cases whose name holds this; writes no results")
    parser.add_argument("--setting", action="append", default=[], type=lambda text: text.split("=", 1),
                        metavar="NAME=VALUE", help="for the hub; writes no results")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the results here, whatever was measured")
    options = parser.parse_args()
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return options


if __name__ == "__main__":
    main()
