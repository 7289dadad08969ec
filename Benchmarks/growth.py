"""What a larger registry and a larger table cost."""

import json
import sqlite3
import time
import urllib.request
from contextlib import closing

import startup
from bodies import by_name, ids_of_requests, write
from load import Target, closed_loop, counted, shown
from medians import summary
from processes import rss_mb
from servers import WIDE_ROWS

CLIENTS = (1, 16)
# How often a hub looks at MLflow. So long is measured, so that the look which begins when a hub goes on has its true
# share.
REFRESH_SECONDS = 5
MODELS = (10, 10_000)
ROWS = (10_000, 10_000_000)


def measure_models(servers, options):
    """Two hubs, each with an MLflow of its own; both are asked for the same ten models."""
    requests = ids_of_requests(1, WIDE_ROWS)
    bodies = write(servers.folder, "ten models", by_name([f"model-{n}" for n in range(1, 11)], requests))
    sides = {}
    for count in MODELS:
        name = f"mlflow-{count}"
        mlflow = servers.start_mlflow(name)
        register(mlflow, count, servers.stub)
        hub = servers.start_hub(f"palantir-{count}", mlflow)
        with urllib.request.urlopen(f"{hub.url}/readyz", timeout=10) as answer:
            known = json.load(answer)["registry"]["models"]
        if known != count:
            raise SystemExit(f"The hub knows {known:,} of {count:,} models.")
        print(f"{count:,} models; the hub's RSS is {rss_mb(hub.process):.0f} MB", flush=True)
        sides[f"{count:,} models"] = (hub, mlflow)
    for hub, _ in sides.values():
        Target(hub.predictions, bodies).check()
    # Whoever is not measured stands still: its looks at MLflow would take the processors from the other.
    stopped = {name: [hub.process, mlflow.process] for name, (hub, mlflow) in sides.items()}

    def only(name):
        for other, processes in stopped.items():
            for process in processes:
                (servers.processes.resume if other == name else servers.processes.pause)(process)

    targets = {name: Target(hub.predictions, bodies) for name, (hub, _) in sides.items()}
    figures = compare(targets, options.rounds, REFRESH_SECONDS, before=only)
    memory = {name: rss_mb(hub.process) for name, (hub, _) in sides.items()}
    servers.processes.end(*sum(stopped.values(), []))
    # The larger one again, from its snapshot: MLflow is down by now.
    body = by_name(["model-1"], [[42]])[0]
    restarts = startup.starts(servers, f"palantir-{MODELS[-1]}", mlflow, body)
    print(f"{MODELS[-1]:,} models in the snapshot: first answer {restarts['first_answer_s']:.3f} s after exec",
          flush=True)
    return {"models": {"rss_mb": memory, "clients": figures, "start_with_snapshot_and_mlflow_down": restarts}}


def register(mlflow, count, uri):
    """Straight into MLflow's database, in a second: by its API ten thousand took four minutes."""
    now = int(time.time() * 1000)
    names = [f"model-{number}" for number in range(1, count + 1)]
    with closing(sqlite3.connect(mlflow.database, timeout=30)) as database, database:
        database.executemany(
            "INSERT INTO registered_models (name, creation_time, last_updated_time) VALUES (?, ?, ?)",
            [(name, now, now) for name in names])
        database.executemany(
            "INSERT INTO registered_model_tags (name, key, value) VALUES (?, ?, ?)",
            [(name, key, value) for name in names for key, value in (("feature_store", "wide"), ("uri", uri))])


def measure_rows(servers, options):
    """Two tables in one database, ids drawn from the whole of each."""
    targets, mlflow = {}, servers.mlflow
    for count in ROWS:
        began = time.monotonic()
        table = f"rows_{count}"
        # The checks are off so that InnoDB fills an empty table in bulk, which takes a third of the time.
        servers.mariadb.run(
            f"USE features; SET unique_checks = 0, foreign_key_checks = 0; CREATE TABLE {table} "
            "(id INT PRIMARY KEY, calls INT, charge DECIMAL(12,2), score DOUBLE, plan VARCHAR(16)); "
            f"INSERT INTO {table} SELECT seq, seq % 13, seq / 7, seq / 3, CONCAT('plan ', seq % 5) "
            f"FROM seq_1_to_{count};")
        mlflow.register(table, feature_store=table, uri=servers.stub)
        print(f"{count:,} rows written in {time.monotonic() - began:.0f} s", flush=True)
        bodies = write(servers.folder, table, by_name([table], ids_of_requests(1, count, count=100_000)))
        targets[f"{count:,} rows"] = Target(servers.hub.predictions, bodies)
        targets[f"{count:,} rows"].check()
    return {"rows": {"clients": compare(targets, options.rounds, options.seconds)}}


def compare(targets, rounds, seconds, before=lambda name: None):
    """The last target's figures as ratios to the first's, by clients."""
    figures = {clients: {name: [] for name in targets} for clients in CLIENTS}
    for round_number in range(1, rounds + 1):
        for clients in CLIENTS:
            for name, target in targets.items():
                before(name)
                figure = closed_loop(target, clients, seconds)
                figures[clients][name].append(figure)
                print(f"round {round_number}  {name:15} {clients:2} clients  {shown(figure)}", flush=True)
    return {counted(clients): summary(measured, own=list(targets)[-1]) for clients, measured in figures.items()}
