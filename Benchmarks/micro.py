"""Counts the instructions of the hot path's pieces by callgrind, and compares them with the last count that was kept.

Instructions do not depend on how busy the machine is: the same binary takes the same number, give or take a few in a
thousand for hashing's random seeds.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / ".build/release/MicroBenchmarks"
KEPT = Path(__file__).resolve().parent / "results/instructions.json"

# How often each piece is done beyond what starting and warming up takes.
TIMES = {"row": 2_000, "answer": 500, "request": 5_000, "request-1000": 50, "batcher": 5_000}
# Beyond this, a difference is a change of the code and not of the seeds.
NOISE = 0.03


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep this count to compare later ones with")
    options = parser.parse_args()
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        # Debian's valgrind gives up on the debugging information of Swift's runtime.
        program = Path(folder) / PROGRAM.name
        subprocess.run(["strip", "--strip-debug", "-o", program, PROGRAM], check=True)
        count_all(program, counts, kept)
    compare(counts, kept, options.keep)


def count_all(program, counts, kept):
    print("| piece | instructions each | ÷ kept |\n| --- | --- | --- |")
    for piece, times in TIMES.items():
        # The difference of two counts leaves out what the process itself takes.
        counts[piece] = round((instructions(program, piece, 2 * times) - instructions(program, piece, times)) / times)
        ratio = f"{counts[piece] / kept[piece]:.3f}" if piece in kept else ""
        print(f"| {piece} | {counts[piece]:,} | {ratio} |", flush=True)


def compare(counts, kept, keep):
    if keep:
        KEPT.write_text(json.dumps(counts, indent=1) + "\n")
        return
    grown = [piece for piece, count in counts.items() if piece in kept and count > kept[piece] * (1 + NOISE)]
    if grown:
        sys.exit(f"More instructions than kept: {', '.join(grown)}. If that is meant, keep them: micro.py --keep")


def instructions(program, piece, times):
    output = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, piece, str(times)],
        capture_output=True, text=True, check=True).stderr
    return int(re.search(r"Collected : (\d+)", output).group(1))


if __name__ == "__main__":
    main()
