"""Models that the hub runs itself: how soon one answers, what it takes, how soon it is back after `kill -9`, and a hundred
of them where ten have room."""

import http.client
import json
import os
import pwd
import re
import signal
import statistics
import subprocess
import time
from collections import Counter
from pathlib import Path

from processes import free_port
from servers import PYTHON, ROOT
from steady_load import SteadyLoad

NAMES = [f"self-{number}" for number in range(5)]
HUNDRED = [f"many-{number}" for number in range(100)]
RESIDENT = 10
# With those above and the one they are copied from they have room in memory.
KILLED = [f"killed-{number}" for number in range(4)]
REQUESTS_PER_SECOND = 50
# The default of PALANTIR_REQUEST_TIMEOUT_MS, which is longer here for the sake of the hundred.
DEADLINE_MS = "5000"


def measure(servers, options):
    mlflow = servers.start_mlflow("mlflow-deployments")
    train(servers, mlflow)
    settings = {
        "PALANTIR_AUTODEPLOY": "tagged", "PALANTIR_PYTHON": PYTHON, "PALANTIR_REGISTRY_REFRESH_MS": "1000",
        "PALANTIR_AUTODEPLOY_USER": pwd.getpwuid(os.getuid()).pw_name,
        "PALANTIR_AUTODEPLOY_MAX_RESIDENT": str(RESIDENT), "PALANTIR_REQUEST_TIMEOUT_MS": "30000",
    }
    servers.settings, settings = servers.settings | settings, servers.settings
    try:
        hub = servers.start_hub("palantir-deployments", mlflow)
    finally:
        servers.settings = settings
    host = hub.url.removeprefix("http://")
    # With it the process that forks has imported what it needs.
    until(lambda: predict(host, "churn") == 200)
    result = {"from_seen_s": [first_answer(mlflow, host, name) for name in NAMES]}
    result["private_mb"] = [private_mb(pid) for pid in replicas(hub.process.pid)]
    result["killed"] = killed(mlflow, host, hub)
    result["mlflow_models_serve"] = models_serve(servers, mlflow)
    result |= hundred(mlflow, host, hub)
    servers.processes.end(hub.process)
    servers.processes.end(mlflow.process)
    result["first_answer_s"] = statistics.median(result["from_seen_s"])
    result["private_mb_most"] = max(result["private_mb"])
    serve = result["mlflow_models_serve"]
    print(f"From when the hub knew it to its first answer: {result['first_answer_s']:.2f} s; "
          f"private memory {result['private_mb_most']:.0f} MB; mlflow models serve {serve['first_answer_s']:.1f} s, "
          f"{serve['private_mb']:.0f} MB; of 100 models {result['hundred_answered']} answered, at most "
          f"{result['hundred_most_processes']} in memory, {result['hundred_most_mb']:.0f} MB", flush=True)
    kills = result["killed"]
    print(f"Killed under {REQUESTS_PER_SECOND} requests/s: back after {kills['back_s']} s, of {kills['requests']} "
          f"requests {kills['outcomes']}, the slowest {kills['slowest_s']:.2f} s", flush=True)
    return {"deployments": result}


def train(servers, mlflow):
    subprocess.run(
        [PYTHON, ROOT / "examples/churn/train.py", "--tracking-uri", mlflow.url, "--features", servers.mariadb.url],
        check=True, capture_output=True, text=True)


# Further registered models of the same artifacts, by MLflow's own client.
COPY = """
import mlflow, sys
client = mlflow.MlflowClient(sys.argv[1])
for name in sys.argv[2:]:
    client.copy_model_version("models:/churn/1", name)
    client.set_registered_model_tag(name, "feature_store", "churn_features")
    client.set_registered_model_tag(name, "autodeploy", "true")
"""


def register(mlflow, *names):
    subprocess.run([PYTHON, "-W", "ignore", "-c", COPY, mlflow.url, *names], check=True, capture_output=True, env={
        **os.environ, "MLFLOW_TRACKING_URI": mlflow.url, "MLFLOW_DISABLE_TELEMETRY": "true"})


def first_answer(mlflow, host, name):
    """Seconds from when the hub knew the model to its first answered prediction."""
    register(mlflow, name)
    until(lambda: get(host, f"/deployments/{name}")[0] == 200)
    seen = time.monotonic()
    until(lambda: predict(host, name) == 200)
    return time.monotonic() - seen


def killed(mlflow, host, hub):
    """Each process is killed, and the one that takes its place too: that is started after a second, not at once."""
    back, again, outcomes, slowest = [], [], Counter(), 0
    for name in KILLED:
        others = set(replicas(hub.process.pid))
        first_answer(mlflow, host, name)
        body = json.dumps({"model_name": name, "id": 42})
        with SteadyLoad(lambda: get(host, "/predict", body, DEADLINE_MS), REQUESTS_PER_SECOND) as load:
            for seconds in (back, again):
                time.sleep(2)
                [process] = set(replicas(hub.process.pid)) - others
                os.kill(process, signal.SIGKILL)
                moment = time.monotonic()
                until(lambda: load.answered_since(moment))
                seconds.append(load.answered_since(moment) - moment)
            time.sleep(2)
        outcomes += load.outcomes
        slowest = max(slowest, load.slowest_s)
    return {"back_s": back, "back_again_s": again, "requests": outcomes.total(), "outcomes": dict(outcomes),
            "slowest_s": slowest}


def models_serve(servers, mlflow):
    """The same model by MLflow's own server, one process a model."""
    port = free_port()
    began = time.monotonic()
    process = servers.processes.start(
        "mlflow-models-serve", [PYTHON, "-m", "mlflow", "models", "serve", "--model-uri", "models:/churn/1", "--port", port,
                                "--host", "127.0.0.1", "--env-manager", "local", "--workers", "1"],
        MLFLOW_TRACKING_URI=mlflow.url, MLFLOW_DISABLE_TELEMETRY="true", PATH=f"{Path(PYTHON).parent}:{os.environ['PATH']}")
    until(lambda: get(f"127.0.0.1:{port}", "/ping")[0] == 200)
    figure = {"first_answer_s": time.monotonic() - began,
              "private_mb": sum(private_mb(pid) for pid in [process.pid, *descendants(process.pid)])}
    servers.processes.end(process)
    return figure


def hundred(mlflow, host, hub):
    register(mlflow, *HUNDRED)
    until(lambda: len(json.loads(get(host, "/deployments")[1])["deployments"]) > len(HUNDRED))
    answered, processes, megabytes, took = 0, 0, 0, []
    for name in HUNDRED:
        began = time.monotonic()
        answered += predict(host, name) == 200
        took.append(time.monotonic() - began)
        running = replicas(hub.process.pid)
        processes = max(processes, len(running))
        megabytes = max(megabytes, sum(private_mb(pid) for pid in running))
    return {"hundred_answered": answered, "hundred_most_processes": processes, "hundred_most_mb": megabytes,
            "hundred_median_s": statistics.median(took)}


def predict(host, model):
    return get(host, "/predict", json.dumps({"model_name": model, "id": 42}))[0]


def get(host, path, body=None, deadline_ms=None):
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request("POST" if body else "GET", path, body, {"x-request-timeout-ms": deadline_ms} if deadline_ms else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def until(condition, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("What was waited for did not come; see the logs of palantir-deployments.")
        time.sleep(0.005)


def descendants(pid):
    children = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and parent(path) == pid]
    return children + [below for child in children for below in descendants(child)]


def parent(path):
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def replicas(hub):
    """Below the process that forks."""
    return [pid for pid in descendants(hub) if parent(Path(f"/proc/{pid}")) != hub]


def private_mb(pid):
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(size) for size in re.findall(r"Private_(?:Clean|Dirty):\s+(\d+)", text)) / 1024
