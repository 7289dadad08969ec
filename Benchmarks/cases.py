"""The closed loop: each client asks again once it has its answer."""

from dataclasses import dataclass
from functools import cache

from bodies import by_id, by_name, by_row, ids_of_requests, rows_from, write
from load import Target, closed_loop, counted, settle, shown
from medians import summary
from processes import MemoryWatch, rss_mb
from servers import CUSTOMERS, WIDE_ROWS


@dataclass
class Case:
    name: str
    clients: int
    ids: int
    targets: dict


def stub_targets(servers, ids=1):
    folder, requests = servers.folder, ids_of_requests(ids, WIDE_ROWS)
    rows = write(folder, f"stub rows {ids}", by_id(requests))
    names = write(folder, f"stub names {ids}", by_name(["stub"], requests))
    return {
        "direct": Target(servers.stub, rows),
        "nginx": Target(servers.nginx_to_stub, rows),
        "fastapi": Target(servers.fastapi, names),
        "aiohttp": Target(servers.fastapi_with_aiohttp, names),
        "palantir": Target(servers.hub.predictions, names),
    }


def stub_batch_targets(servers, ids):
    # Without nginx: what it would proxy are ids alone, a fiftieth of the rows.
    return {name: target for name, target in stub_targets(servers, ids).items() if name != "nginx"}


def flask_targets(servers):
    rows, names = churn_bodies(servers, "churn")
    return {
        "direct": Target(servers.flask, rows),
        "fastapi": Target(servers.fastapi, names),
        "palantir": Target(servers.hub.predictions, names),
    }


def flask_targets_with_nginx(servers):
    targets = flask_targets(servers)
    return {"nginx": Target(servers.nginx_to_flask, targets["direct"].bodies)} | targets


def uvicorn_targets(servers):
    rows, names = churn_bodies(servers, "churn-uvicorn")
    return {
        "direct": Target(servers.uvicorn, rows),
        "palantir": Target(servers.hub.predictions, names),
    }


@cache
def customers(servers):
    """Every customer's row, read through the hub."""
    return rows_from(servers.hub, "churn", range(1, CUSTOMERS + 1))


def churn_bodies(servers, model):
    """Bodies for the model and for a hub, of the same customers."""
    requests = ids_of_requests(1, CUSTOMERS)
    rows = customers(servers)
    return (write(servers.folder, f"{model} rows", by_row(rows, requests)),
            write(servers.folder, f"{model} names", by_name([model], requests)))


def cases(servers, name_part):
    made = {}

    def case(name, clients, ids, make, *arguments):
        # Only what is measured is started.
        if name_part in name:
            key = (make, *arguments)
            made[key] = made.get(key) or make(servers, *arguments)
            return [Case(name, clients, ids, made[key])]
        return []

    return sum([
        *(case(f"stub, {counted(clients)}", clients, 1, stub_targets) for clients in (1, 16, 64, 256)),
        *(case(f"stub, 16 clients, {ids:,} ids a request", 16, ids, stub_batch_targets, ids) for ids in (100, 1000)),
        # nginx at one of them: before a model that takes milliseconds, its hop is not seen.
        *(case(f"Flask, {counted(clients)}", clients, 1, flask_targets_with_nginx if clients == 64 else flask_targets)
          for clients in (1, 16, 64, 256)),
        *(case(f"uvicorn, {counted(clients)}", clients, 1, uvicorn_targets) for clients in (1, 16, 64)),
    ], [])


def measure(servers, options):
    chosen = cases(servers, options.case)
    memory = {"idle_mb": servers.hub.idle_mb}
    for case in chosen:
        for target in case.targets.values():
            target.check()
    figures = {case.name: {target: [] for target in case.targets} for case in chosen}
    highest = []
    for round_number in range(1, options.rounds + 1):
        for case in chosen:
            for name, target in case.targets.items():
                settle(case.targets.values())
                with MemoryWatch(servers.hub.process) as watch:
                    figure = closed_loop(target, case.clients, options.seconds)
                if name == "palantir" and case.clients == 256:
                    highest.append(watch.highest_mb)
                figure["rows_per_second"] = figure["requests_per_second"] * case.ids
                figures[case.name][name].append(figure)
                print(f"round {round_number}  {case.name:38} {name:9} {shown(figure)}", flush=True)
    if highest:
        memory["at_256_clients_mb"] = max(highest)
    memory["after_mb"] = rss_mb(servers.hub.process)
    return {"closed": {name: summary(rounds) for name, rounds in figures.items()}, "memory": memory}
