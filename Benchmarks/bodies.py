"""The request bodies, made before the load: a file with one a line, which wrk and OpenLoop go through in turn.

Each asks for other ids than those just before it, so that no answer can come from a merged look-up of the same one.
"""

import json
import random
import urllib.request

# Of so many ids each. More bodies of a thousand ids would only cost the load generator's memory.
COUNTS = {1: 10_000, 100: 500, 1000: 200}


def ids_of_requests(ids, highest, count=None):
    """Lists of `ids` ids from 1 to `highest`, none of which comes again before all have; the same lists in each run."""
    count = count or COUNTS[ids]
    shuffled = random.Random(7).sample(range(1, highest + 1), min(highest, count * ids))
    return [[shuffled[place % len(shuffled)] for place in range(number * ids, (number + 1) * ids)]
            for number in range(count)]


def by_name(models, requests):
    """What a hub takes; with several models, they are asked in turn."""
    return [json.dumps({"model_name": models[number % len(models)], "ids": ids}, separators=(",", ":"))
            for number, ids in enumerate(requests)]


def by_id(requests):
    """What the stub takes: rows of nothing but the id. Real callers would have forty columns to send."""
    return [json.dumps({"values": [{"id": id} for id in ids]}, separators=(",", ":")) for ids in requests]


def by_row(rows, requests):
    """What the churn model takes: whole rows, which callers are spared by a hub."""
    return ['{"values":[' + ",".join(rows[id] for id in ids) + "]}" for ids in requests]


def rows_from(hub, model, ids):
    """Rows as the hub sends them to the model."""
    def row(id):
        with urllib.request.urlopen(f"{hub.url}/models/{model}/features/{id}", timeout=10) as answer:
            return answer.read().decode()

    return {id: row(id) for id in ids}


def write(folder, name, bodies):
    path = folder / f"{name.replace(' ', '-').replace(',', '')}.bodies"
    path.write_text("\n".join(bodies) + "\n")
    return path
