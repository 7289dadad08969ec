"""A caller beside another one that asks for far more than its rate allows: does it wait longer than beside the same one when
that keeps to its rate, and than beside nobody?"""

import math
import subprocess
import time

from bodies import by_name, ids_of_requests, write
from load import Target, begin_open_loop, finished, shown
from servers import PALANTIR, WIDE_ROWS

# Requests a second, of the caller that is measured.
QUIET = 200
# Turns of each kind, for each of the rounds that other parts have.
TURNS = 4
# Less than the ten in which the other may ask for 10,000 entities once more.
SECONDS = 6
# What the other may: requests, and entities, a second.
MAY = {"requests": 100, "entities": 1_000}


def measure(servers, options):
    keys = servers.folder / "keys.json"
    quiet = create(keys, "quiet")
    hub = servers.start_hub(
        "palantir-with-keys", servers.mlflow, PALANTIR_KEYS_FILE=str(keys), PALANTIR_MODEL_HOSTS="127.0.0.1")
    one = Target(hub.predictions, write(servers.folder, "callers one", by_name(["stub"], ids_of_requests(1, WIDE_ROWS))))
    # As many ids as a request may have: most of them are refused before anything is looked up.
    many = Target(
        hub.predictions, write(servers.folder, "callers many", by_name(["stub"], ids_of_requests(10_000, WIDE_ROWS, 5))))
    noises = {
        "2,000 requests/s of one with a rate of 100":
            (one, 2_000, MAY["requests"], create(keys, "noisy", requests=MAY["requests"])),
        # By its rate it may ask once in ten seconds, of which a turn is a part: within its rate it is nobody.
        "10 requests/s with 10,000 ids of one with a rate of 1,000 entities":
            (many, 10, None, create(keys, "greedy", entities=MAY["entities"])),
    }
    return {"callers": {name: compare(options, servers.folder, one, quiet, name, *noise) for name, noise in noises.items()}}


def compare(options, folder, target, key, name, noisy_target, rate, allowed, noisy_key):
    """Turns of the quiet caller beside nobody, beside the other one within its rate, and beside far more than that."""
    beside = {"nobody": None, "within": allowed, "beyond": rate}
    pooled = {who: [] for who, asked in beside.items() if asked or who == "nobody"}
    errors = dict.fromkeys(pooled, 0)
    for number in range(1, options.rounds * TURNS + 1):
        for who in pooled:
            asked = beside[who]
            noise = asked and begin_open_loop(noisy_target, asked, SECONDS + 3, 16, noisy_key, only_when_idle=True)
            # What it has saved up, it has had by then.
            time.sleep(2)
            latencies = folder / "latencies"
            figure = finished(begin_open_loop(target, QUIET, SECONDS, 16, key, latencies))
            pooled[who] += map(float, latencies.read_text().split())
            errors[who] += figure["errors"]
            refused = f"; of the other {finished(noise)['errors']:,} refused" if noise else ""
            print(f"turn {number}  beside {who:6} {name:66} {shown(figure)}{refused}", flush=True)
    figures = {who: percentiles(latencies) | {"errors": errors[who]} for who, latencies in pooled.items()}
    return {"targets": figures,
            "ratios": {who: figures["beyond"]["p99_ms"] / figures[who]["p99_ms"] for who in figures if who != "beyond"}}


def percentiles(latencies):
    """Of all turns together: of one turn, ten requests decide."""
    ordered = sorted(latencies)
    return {"requests": len(ordered)} | {
        f"p{percent}_ms": ordered[math.ceil(len(ordered) * percent / 100) - 1] for percent in (50, 90, 99)}


def create(keys, name, requests=None, entities=None):
    rates = [f"--requests-per-second={requests}"] if requests else []
    rates += [f"--entities-per-second={entities}"] if entities else []
    return subprocess.run(
        [PALANTIR, "keys", "create", name, "--file", keys, *rates], capture_output=True, text=True, check=True
    ).stdout.strip()
