"""The servers that a hub needs, and the hub itself; each is started when it is first asked for."""

import json
import os
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from subprocess import Popen

from peer_servers import Peers
from processes import Processes, free_port, rss_mb

ROOT = Path(__file__).resolve().parent.parent
PYTHON = str(ROOT / ".build-python/bin/python")
PALANTIR = Path(os.environ.get("PALANTIR_BIN") or ROOT / ".build/release/palantir").resolve()
# Rows of the table `wide`, and of the churn example's.
WIDE_ROWS = 100_000
CUSTOMERS = 4000


def post(url, message):
    request = urllib.request.Request(url, json.dumps(message).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@dataclass
class MLflow:
    url: str
    process: Popen
    database: Path

    def register(self, name, **tags):
        post(f"{self.url}/api/2.0/mlflow/registered-models/create", {
            "name": name, "tags": [{"key": key, "value": value} for key, value in tags.items()]})


@dataclass
class MariaDB:
    port: int
    client: list

    @property
    def dsn(self):
        return f"root:@tcp(127.0.0.1:{self.port})/features"

    @property
    def url(self):
        return f"mysql://root:@127.0.0.1:{self.port}/features"

    def run(self, sql):
        subprocess.run([*self.client, "-e", sql], check=True)


@dataclass
class Hub:
    url: str
    process: Popen
    # Once it was ready and before anyone asked it.
    idle_mb: float = 0

    @property
    def predictions(self):
        return f"{self.url}/predictions"


class Servers(Peers):
    def __init__(self, folder, settings):
        self.folder = Path(folder)
        self.processes = Processes(folder)
        self.settings = settings

    @cached_property
    def mlflow(self):
        """The one that knows the models of the closed and open loops."""
        mlflow = self.start_mlflow("mlflow")
        # With versions, by the example's own script; all others have none and are served by their tags.
        self.train_churn(mlflow)
        mlflow.register("churn-uvicorn", feature_store="churn_features", uri=self.uvicorn_uri)
        mlflow.register("stub", feature_store="wide", uri=self.stub)
        mlflow.register("stub-unbatched", feature_store="wide", uri=self.stub, max_batch_size="1")
        return mlflow

    def start_mlflow(self, name):
        port, database = free_port(), self.folder / f"{name}.sqlite"
        process = self.processes.start(
            name, [PYTHON, "-m", "mlflow", "server", "--workers", "1", "--host", "127.0.0.1", "--port", port,
                   "--backend-store-uri", f"sqlite:///{database}", "--artifacts-destination", f"{name}-artifacts"],
            MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", MLFLOW_DISABLE_TELEMETRY="true")
        url = f"http://127.0.0.1:{port}"
        self.processes.wait_for_url(name, process, f"{url}/api/2.0/mlflow/registered-models/search")
        return MLflow(url, process, database)

    def train_churn(self, mlflow):
        try:
            subprocess.run(
                [PYTHON, ROOT / "examples/churn/train.py", "--tracking-uri", mlflow.url, "--uri", self.flask_uri,
                 "--features", self.mariadb.url, "--customers", str(CUSTOMERS)],
                check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"The churn model could not be trained:\n{error.stderr[-2000:]}")

    @cached_property
    def mariadb(self):
        """With the table `wide`: 40 mixed columns beside the key."""
        port, data, sock = free_port(), self.folder / "mariadb", self.folder / "mariadb.sock"
        user = os.environ.get("USER", "root")
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
             f"--user={user}", "--skip-test-db"], check=True, capture_output=True)
        process = self.processes.start("mariadb", [
            "mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={sock}", f"--port={port}",
            "--bind-address=127.0.0.1", "--skip-log-bin", f"--user={user}",
            # The ten million rows of the part `rows` fit in memory, as a database that serves look-ups is set up.
            "--innodb-buffer-pool-size=2G",
            # Nothing of it is kept: the tables need not survive a crash.
            "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF", "--innodb-log-file-size=1G"])
        self.processes.wait_for_port("mariadb", process, port)
        mariadb = MariaDB(port, ["mariadb", "--no-defaults", f"--socket={sock}", "--user=root"])
        kinds = [("INT", "seq * {n}"), ("DOUBLE", "seq / {n}.7"), ("DECIMAL(12,2)", "seq / {n}"),
                 ("VARCHAR(32)", "CONCAT('text ', seq, ' {n}')"),
                 ("DATE", "DATE_ADD('2020-01-01', INTERVAL seq % 900 DAY)")]
        columns = [(f"c{n}", *kinds[n % len(kinds)]) for n in range(1, 41)]
        table = ", ".join(f"{name} {kind}" for name, kind, _ in columns)
        values = ", ".join(value.format(n=index + 1) for index, (_, _, value) in enumerate(columns))
        mariadb.run(f"CREATE DATABASE features; USE features; CREATE TABLE wide (id INT PRIMARY KEY, {table}); "
                    f"INSERT INTO wide SELECT seq, {values} FROM seq_1_to_{WIDE_ROWS};")
        return mariadb

    @cached_property
    def hub(self):
        return self.start_hub("palantir", self.mlflow)

    def start_hub(self, name, mlflow, **settings):
        hub, _ = self.launch_hub(name, mlflow, **settings)
        self.processes.wait_for_url(name, hub.process, f"{hub.url}/readyz")
        hub.idle_mb = rss_mb(hub.process)
        return hub

    def launch_hub(self, name, mlflow, **settings):
        """The hub of the data folder `name`, just begun, and when."""
        port = free_port()
        began = time.monotonic()
        process = self.processes.start(
            name, [PALANTIR, "serve"], MLFLOW_URI=mlflow.url, MYSQL_DSN=self.mariadb.dsn,
            PALANTIR_DATA=str(self.folder / f"{name}-data"), PALANTIR_PORT=str(port), **(self.settings | settings))
        return Hub(f"http://127.0.0.1:{port}", process), began
