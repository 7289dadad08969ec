"""What the console shows in its tests: MLflow, MariaDB, models of many kinds, traffic, and two hubs, all of them real."""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "Benchmarks"), str(ROOT / "Tests/Faults")]

from processes import Processes, free_port  # noqa: E402
from registry import Registry  # noqa: E402

PYTHON = ROOT / ".build-python/bin/python"
PROGRAM = Path(os.environ.get("PALANTIR_BIN") or ROOT / ".build/debug/palantir").resolve()
HOSTILE = '<img src=x onerror=alert(1)> "quoted" \'too\''
KEYS = {"operator": ["predict", "features", "models", "deployments", "admin"], "shop": ["predict"], "reader": ["models"]}

TABLES = """
CREATE DATABASE features; USE features;
CREATE TABLE payments (payment_id BIGINT PRIMARY KEY, amount DECIMAL(12,2) NOT NULL, country CHAR(2) NOT NULL,
  card_age_days INT, night BOOLEAN NOT NULL, merchant VARCHAR(40), seen_at DATETIME NOT NULL);
INSERT INTO payments SELECT 5000 + seq, seq * 7.35, ELT(1 + seq % 4, 'BR', 'PT', 'DE', 'US'), seq * 3, seq % 2,
  CONCAT('shop ', seq), NOW() FROM seq_1_to_300;
CREATE TABLE couriers (id VARCHAR(20) PRIMARY KEY, a TEXT, c DOUBLE, updated DATETIME);
INSERT INTO couriers SELECT CONCAT('courier-', seq), 'far', seq / 3, NOW() FROM seq_1_to_50;
CREATE TABLE prices (id INT PRIMARY KEY, base DOUBLE, stock INT);
INSERT INTO prices SELECT seq, seq * 1.5, seq % 9 FROM seq_1_to_40;
CREATE USER hub@'%' IDENTIFIED BY 'canary-7731'; GRANT SELECT ON features.* TO hub@'%';
"""


class World:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.processes = Processes(self.folder)
        self.registry = Registry(self.processes)
        self.mlflow = self.registry.url
        self.model = StubModel()
        self.keys = {}
        self.traffic = None

    def start(self):
        with ThreadPoolExecutor() as pool:
            for work in [pool.submit(self.registry.start), pool.submit(self.create_database)]:
                work.result()
            for work in [pool.submit(self.train), pool.submit(self.register_signed)]:
                work.result()
        self.register_tagged()
        self.make_keys()
        self.hub = self.start_hub(
            "hub", PALANTIR_AUTODEPLOY="tagged", PALANTIR_AUTODEPLOY_MODELS="churn,sentiment", PALANTIR_PYTHON=str(PYTHON),
            PALANTIR_AUTODEPLOY_USER=os.environ.get("USER", "root"))
        self.keyed = self.start_hub(
            "keyed", PALANTIR_KEYS_FILE=str(self.folder / "keys.json"), PALANTIR_MODEL_HOSTS="127.0.0.1")
        for hub in (self.hub, self.keyed):
            self.wait_ready(hub)
        self.wait_until(lambda: '"state":"ready"' in fetch(f"{self.hub}/deployments/churn"), 90, "churn was not deployed")
        self.has_diagnosis = is_there(f"{self.hub}/diagnosis")
        self.traffic = Traffic(self.hub)

    def stop(self):
        if self.traffic:
            self.traffic.stop()
        self.processes.end_all()
        self.model.shutdown()

    # MLflow.

    def call_mlflow(self, what, **message):
        post(f"{self.mlflow}/api/2.0/mlflow/registered-models/{what}", message)

    def register(self, name, description="", **tags):
        self.call_mlflow("create", name=name, description=description, tags=[
            {"key": key, "value": str(value)} for key, value in tags.items()])

    def train(self):
        """The churn example, which the hub is to run itself."""
        self.run(PYTHON, ROOT / "examples/churn/train.py", "--tracking-uri", self.mlflow, "--features",
                 f"mysql://root:@127.0.0.1:{self.database_port}/features", "--customers", "500")

    def register_signed(self):
        """A model whose signature its table does not fit: `a` is a text there, and `b` is missing. And one for the hub to
        run that cannot be loaded, so that it has a log."""
        self.run(PYTHON, ROOT / "Tests/Models/register_models.py", "--tracking-uri", self.mlflow,
                 "classifier=delivery-time", "unloadable=sentiment")
        for name, tags in {"delivery-time": {"feature_store": "couriers", "autodeploy": "false", "uri": self.model.uri},
                           "sentiment": {"feature_store": "churn_features"}}.items():
            for key, value in tags.items():
                self.call_mlflow("set-tag", name=name, key=key, value=value)

    def register_tagged(self):
        uri = self.model.uri
        self.register("fraud-score", "Is this payment fraudulent? Asked at each checkout.", feature_store="payments",
                      entity_key="payment_id", uri=f"{uri},http://127.0.0.1:{free_port()}/predict", owner="payments")
        self.register("preço dinâmico", "O preço de hoje de um produto.", feature_store="prices", uri=uri)
        self.register("recommendations", "What a customer may like.", feature_store="churn_features", uri=uri)
        self.register("credit-limit", "How much credit a customer gets.", feature_store="churn_features")
        self.register("lifetime-value", "What a customer will have spent.", feature_store="no_such_table", uri=uri)
        self.register(HOSTILE, "<b>bold</b>", feature_store="prices", uri=uri)

    def run(self, *command):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=self.folder)
        if done.returncode != 0:
            raise RuntimeError(f"{command[1]} failed:\n{done.stderr[-2000:]}")

    # MariaDB.

    def create_database(self):
        self.database_port, user = free_port(), os.environ.get("USER", "root")
        self.run("mariadb-install-db", "--no-defaults", f"--datadir={self.folder}/mariadb",
                 "--auth-root-authentication-method=normal", f"--user={user}", "--skip-test-db")
        self.start_database()
        self.run("mariadb", "--no-defaults", f"--socket={self.folder}/mariadb.sock", "--user=root", "-e", TABLES)

    def start_database(self):
        self.database = self.processes.start("mariadb", [
            "mariadbd", "--no-defaults", f"--datadir={self.folder}/mariadb", f"--socket={self.folder}/mariadb.sock",
            f"--port={self.database_port}", "--bind-address=127.0.0.1", "--skip-log-bin", "--skip-name-resolve",
            f"--user={os.environ.get('USER', 'root')}"])
        self.processes.wait_for_port("mariadb", self.database, self.database_port)

    def end_database(self):
        self.processes.end(self.database)

    # Hubs.

    def make_keys(self):
        for name, scopes in KEYS.items():
            done = subprocess.run(
                [PROGRAM, "keys", "create", name, "--file", self.folder / "keys.json",
                 *(part for scope in scopes for part in ("--scope", scope))],
                check=True, capture_output=True, text=True, cwd=self.folder)
            self.keys[name] = done.stdout.strip()

    def start_hub(self, name, **settings):
        port = free_port()
        self.processes.start(
            name, [PROGRAM, "serve"], MLFLOW_URI=self.mlflow, PALANTIR_PORT=str(port),
            MYSQL_DSN=f"hub:canary-7731@tcp(127.0.0.1:{self.database_port})/features",
            PALANTIR_DATA=str(self.folder / f"{name}-data"), PALANTIR_REGISTRY_REFRESH_MS="1000", **settings)
        return f"http://127.0.0.1:{port}"

    def wait_ready(self, hub, seconds=60):
        self.wait_until(lambda: fetch(f"{hub}/readyz"), seconds, f"{hub} is not ready")

    @staticmethod
    def wait_until(is_so, seconds, what):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if is_so():
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError(what)


class StubModel(ThreadingHTTPServer):
    """Answers every row by its own numbers, as an API of the `values` contract."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), StubHandler)
        self.uri = f"http://127.0.0.1:{self.server_address[1]}/predict"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class StubHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    KEYS = ("id", "payment_id")

    def do_POST(self):
        rows = json.loads(self.rfile.read(int(self.headers["content-length"])))["values"]
        time.sleep(0.004 + 0.0002 * len(rows))
        ids = [str(next(row[key] for key in self.KEYS if key in row)) for row in rows]
        answers = {one: {"yes": len(one) * 13 % 97 / 100, "no": 1 - len(one) * 13 % 97 / 100} for one in ids}
        body = json.dumps({"predictions": answers}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Traffic:
    """Callers of all kinds, until it is stopped: what they ask for is mostly answered, and not always."""

    def __init__(self, hub):
        self.port, self.is_over = int(hub.rpartition(":")[2]), threading.Event()
        # Python waits for other threads before it calls what ends them.
        self.threads = [threading.Thread(target=self.ask, args=(number,), daemon=True) for number in range(4)]
        for thread in self.threads:
            thread.start()

    def ask(self, number):
        count, connection = 0, None
        while not self.is_over.wait(0.02 + 0.03 * ((count // 200 + number) % 3)):
            count += 1
            connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            try:
                connection.request("POST", "/predictions", json.dumps(self.message(number, count)), {"content-type": "application/json"})
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                connection = None

    @staticmethod
    def message(number, count):
        if count % 40 == 0:
            return {"model_name": "churn", "id": "nobody"}
        if count % 97 == 0:
            return {"model_name": "lifetime-value", "id": "1"}
        if number == 0:
            return {"model_name": "churn", "id": str(1 + count % 400)}
        if number == 1:
            return {"model_name": "recommendations", "ids": [str(1 + (count + more) % 400) for more in range(8)]}
        return {"model_name": "fraud-score", "ids": [str(5001 + (count * number + more) % 300) for more in range(1 + count % 3)]}

    def stop(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


def fetch(url):
    """The text of a page; raises an OSError for any but a good answer."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def is_there(url):
    try:
        return bool(fetch(url))
    except OSError:
        return False


def post(url, message):
    request = urllib.request.Request(url, json.dumps(message).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
