"""Minutes of good and bad requests while tags change and components restart: no answer may be wrong, and the hub may not
grow. Exits with 1 otherwise."""

import argparse
import asyncio
import random
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parent.parent / "Benchmarks"))

from bad_requests import BadRequests
from disturbances import Disturbances
from fault import Found
from suite import Suite

# Parts of the whole time: up to the first is warm-up, with every disturbance at least once; the second's end closes what
# the last part is compared with.
WARM, COMPARED, LAST = 0.3, 0.5, 0.8
# What may be the answer while a component is away, or a model lies.
CODES = {
    "DEADLINE_EXCEEDED", "FEATURE_STORE_UNAVAILABLE", "MODEL_UNREACHABLE", "MODEL_FAILED", "MODEL_BAD_ANSWER",
    "MODEL_SUSPENDED"}
GROWTH = 1.05


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="default: %(default)s")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="palantir-soak-") as folder:
        suite = Suite(Path(folder))
        try:
            found = asyncio.run(soak(suite, options.minutes * 60))
        except KeyboardInterrupt:
            sys.exit(130)
        finally:
            suite.end()
    for text in found.measured:
        print(text)
    for text in found.broken:
        print(f"BROKEN: {text}")
    sys.exit(1 if found.broken else 0)


async def soak(suite, seconds):
    print("Starting MariaDB, MLflow, the models and the hub", flush=True)
    await suite.start()
    replicated = await suite.model("replicated", uri=suite.replicas(suite.stubs), max_concurrency=8)
    other = await suite.model("other", stub=suite.stubs[1], table="others")
    loads = {
        "one id": suite.traffic("steady", rate=100), "replicas": suite.traffic(replicated, rate=80),
        "batches": suite.traffic("steady", replicated, rate=20, batch=20),
        "another table": suite.traffic(other, rate=50, table="others")}
    bad = BadRequests(suite.hub.port, "steady", rate=30)
    disturbances = Disturbances(suite, replicated, random.Random(11), seconds)
    samples = []
    for load in (*loads.values(), bad):
        await load.__aenter__()
    working = asyncio.create_task(disturbances.run())
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        await asyncio.sleep(1)
        if working.done():
            working.result()
        if not suite.hub.is_alive:
            break
        samples.append((passed / seconds, suite.hub.held()))
        if len(samples) % 30 == 0:
            counts = sum((load.counts() for load in loads.values()), start=bad.counts())
            print(f"{passed:4.0f} s  {samples[-1][1]}; {counts}", flush=True)
    working.cancel()
    await asyncio.wait([working])
    for load in (*loads.values(), bad):
        await load.__aexit__()
    return judge(suite, loads, bad, disturbances, samples)


def judge(suite, loads, bad, disturbances, samples):
    found = Found()
    found.expect(suite.hub.is_alive, f"the hub ended: {suite.hub.log[-600:]}")
    for name, load in loads.items():
        found.note(f"{name}: {load.counts()}")
        found.expect_only(load.counts(), *CODES)
        share = load.counts().served / load.counts().total
        found.expect(share > 0.7, f"{name}: only {share:.0%} were served")
    found.note(f"bad requests: {bad.counts()}")
    found.expect_no_wrong(bad.counts())
    found.expect(bad.counts().unanswered == 0, "bad requests were not answered")
    found.note(f"disturbances: {disturbances.done}")

    def between(begin, end):
        return [held for part, held in samples if begin <= part < end]
    before, after = between(WARM, COMPARED), between(LAST, 1)
    if not before or not after:
        found.expect(False, "it did not last")
        return found
    memory = [statistics.median(held.memory_mb for held in part) for part in (before, after)]
    found.note(f"memory {memory[0]:.1f} MB after warm-up, {memory[1]:.1f} MB at the end")
    found.expect(memory[1] <= memory[0] * GROWTH, f"memory grew by {memory[1] / memory[0] - 1:.1%}, over 5 %")
    for what in ("descriptors", "threads"):
        most = [max(getattr(held, what) for held in part) for part in (before, after)]
        found.note(f"{what}: at most {most[0]} after warm-up, {most[1]} at the end")
        found.expect(most[1] <= most[0] * 1.1 + 2, f"{what} grew from {most[0]} to {most[1]}")
    return found


if __name__ == "__main__":
    main()
