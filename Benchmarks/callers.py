"""A caller beside another one that asks for far more than its rate allows: does it wait longer for that?"""

import subprocess
import time

from bodies import by_name, ids_of_requests, write
from load import Target, begin_open_loop, finished, shown
from medians import summary
from servers import PALANTIR, WIDE_ROWS

# Requests a second, of the caller that is measured.
QUIET = 200
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
        "2,000 requests/s of one with a rate of 100": (one, 2_000, create(keys, "noisy", requests=MAY["requests"])),
        "10 requests/s with 10,000 ids of one with a rate of 1,000 entities":
            (many, 10, create(keys, "greedy", entities=MAY["entities"])),
    }
    return {"callers": {name: compare(options, one, quiet, name, *noise) for name, noise in noises.items()}}


def compare(options, target, key, name, noisy_target, rate, noisy_key):
    """Rounds of the quiet caller alone and beside the other one, in turn."""
    seconds = max(options.seconds * 6, 5)
    rounds = {"alone": [], "beside": []}
    for number in range(1, options.rounds + 1):
        for who in rounds:
            noise = who == "beside" and begin_open_loop(
                noisy_target, rate, seconds + 3, 16, noisy_key, only_when_idle=True)
            # What it may have, it has had by then; all the rest is too much.
            time.sleep(2)
            figure = finished(begin_open_loop(target, QUIET, seconds, 16, key))
            rounds[who].append(figure)
            refused = f"; of the other {finished(noise)['errors']:,} refused" if noise else ""
            print(f"round {number}  {who:6} {name:66} {shown(figure)}{refused}", flush=True)
    return summary(rounds, own="beside")


def create(keys, name, requests=None, entities=None):
    rates = [f"--requests-per-second={requests}"] if requests else []
    rates += [f"--entities-per-second={entities}"] if entities else []
    return subprocess.run(
        [PALANTIR, "keys", "create", name, "--file", keys, *rates], capture_output=True, text=True, check=True
    ).stdout.strip()
