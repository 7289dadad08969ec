"""How soon after its start the hub answers."""

import http.client
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from bodies import by_name

STARTS = 5


def measure(servers, options):
    """Leaves MLflow ended: it is the last part."""
    asked = (servers, "palantir-restarted", servers.mlflow, by_name(["stub"], [[42]])[0])
    result = {"first_start": start(*asked)}
    # The first one's first look at MLflow wrote the snapshot.
    result["with_snapshot"] = starts(*asked)
    servers.processes.end(servers.mlflow.process)
    result["with_snapshot_and_mlflow_down"] = starts(*asked)
    for name, figure in result.items():
        print(f"{name.replace('_', ' ')}: first answer {figure['first_answer_s']:.3f} s after exec, "
              f"ready {figure['ready_s']:.3f} s", flush=True)
    return {"start": result}


def starts(*asked):
    rounds = [start(*asked) for _ in range(STARTS)]
    return {key: statistics.median(figure[key] for figure in rounds) for key in rounds[0]} | {"rounds": rounds}


def start(servers, name, mlflow, body):
    """Seconds from exec to a prediction and to /readyz's 200, of the hub whose data folder is `name`'s."""
    hub, began = servers.launch_hub(name, mlflow)
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(first_success, hub, "POST", "/predictions", body)
        ready = threads.submit(first_success, hub, "GET", "/readyz", None)
        seconds = {"first_answer_s": answer.result() - began, "ready_s": ready.result() - began}
    snapshot = servers.folder / f"{name}-data/registry.snapshot"
    while not snapshot.exists():
        time.sleep(0.05)
    servers.processes.end(hub.process)
    return seconds


def first_success(hub, method, path, body):
    host = hub.url.removeprefix("http://")
    while hub.process.poll() is None:
        connection = http.client.HTTPConnection(host, timeout=10)
        try:
            connection.request(method, path, body, {"content-type": "application/json"})
            if connection.getresponse().status == 200:
                return time.monotonic()
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.002)
    raise SystemExit("The hub ended while it was waited for.")
