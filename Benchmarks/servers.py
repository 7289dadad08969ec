"""The servers that are measured, each on a free port of loopback and ended with the benchmark."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = str(ROOT / ".build-python/bin/python")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def post(url, message):
    request = urllib.request.Request(url, json.dumps(message).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


class Servers:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.processes = []

    def start(self, name, command, **environment):
        log = open(self.folder / f"{name}.log", "w")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PALANTIR_", "MLFLOW_", "MYSQL_"))}
        process = subprocess.Popen(
            [str(part) for part in command], stdout=log, stderr=log, env=kept | environment, cwd=self.folder,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def stop(self):
        for process in reversed(self.processes):
            try:
                os.killpg(process.pid, 15)
                process.wait(10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                process.kill()

    def wait(self, url, seconds=60):
        for _ in range(seconds * 20):
            try:
                urllib.request.urlopen(url, timeout=2).read()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{url} did not come up; see the logs in {self.folder}")

    def mlflow(self):
        port = free_port()
        self.start(
            "mlflow", [PYTHON, "-m", "mlflow", "server", "--workers", "1", "--host", "127.0.0.1", "--port", port,
                       "--backend-store-uri", "sqlite:///mlflow.sqlite", "--artifacts-destination", "artifacts"],
            MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", MLFLOW_DISABLE_TELEMETRY="true")
        self.wait(f"http://127.0.0.1:{port}/api/2.0/mlflow/registered-models/search")
        return f"http://127.0.0.1:{port}"

    def mariadb(self, rows):
        """A table of `rows` × 40 mixed columns beside the key."""
        port, data, sock = free_port(), self.folder / "data", self.folder / "sock"
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
             f"--user={os.environ.get('USER', 'root')}", "--skip-test-db"], check=True, capture_output=True)
        self.start(
            "mariadb", ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={sock}", f"--port={port}",
                        "--bind-address=127.0.0.1", "--skip-log-bin", f"--user={os.environ.get('USER', 'root')}"])
        kinds = [("INT", "seq * {n}"), ("DOUBLE", "seq / {n}.7"), ("DECIMAL(12,2)", "seq / {n}"),
                 ("VARCHAR(32)", "CONCAT('text ', seq, ' {n}')"), ("DATE", "DATE_ADD('2020-01-01', INTERVAL seq % 900 DAY)")]
        columns = [(f"c{n}", *kinds[n % len(kinds)]) for n in range(1, 41)]
        table = ", ".join(f"{name} {kind}" for name, kind, _ in columns)
        values = ", ".join(value.format(n=index + 1) for index, (_, _, value) in enumerate(columns))
        sql = (f"CREATE DATABASE features; USE features; CREATE TABLE wide (id INT PRIMARY KEY, {table}); "
               f"INSERT INTO wide SELECT seq, {values} FROM seq_1_to_{rows};")
        client = ["mariadb", "--no-defaults", f"--socket={sock}", "--user=root"]
        for _ in range(200):
            if subprocess.run(client + ["-e", "SELECT 1"], capture_output=True).returncode == 0:
                break
            time.sleep(0.1)
        subprocess.run(client + ["-e", sql], check=True)
        return f"root:@tcp(127.0.0.1:{port})/features", f"mysql://root:@127.0.0.1:{port}/features"

    def stub(self):
        port = free_port()
        self.start("stub", [ROOT / "Benchmarks/.build/release/Stub", port])
        time.sleep(0.5)
        return f"http://127.0.0.1:{port}/predict"

    def nginx(self, upstream):
        """nginx as a plain proxy, keeping its connections alive: the least that a hop can cost."""
        port = free_port()
        folders = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(
            f"worker_processes 1; pid {self.folder}/nginx.pid; daemon off; error_log {self.folder}/nginx-error.log;"
            f"events {{ worker_connections 4096; }} http {{ access_log off; keepalive_requests 10000000; {folders}"
            f"upstream model {{ server {upstream.split('/')[2]}; keepalive 512; keepalive_requests 10000000; }}"
            f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://model; proxy_http_version 1.1;"
            'proxy_set_header Connection ""; } } }')
        self.start("nginx", ["nginx", "-c", self.folder / "nginx.conf"])
        time.sleep(0.5)
        return f"http://127.0.0.1:{port}/predict"

    def churn(self, mlflow, features):
        """The example's scikit-learn model behind its own API."""
        port = free_port()
        uri = f"http://127.0.0.1:{port}/predict"
        example = ROOT / "examples/churn"
        subprocess.run(
            [PYTHON, example / "train.py", "--tracking-uri", mlflow, "--uri", uri, "--features", features], check=True,
            capture_output=True)
        self.start("churn", [PYTHON, example / "api.py", "--port", port], MLFLOW_TRACKING_URI=mlflow)
        self.wait(f"http://127.0.0.1:{port}/health")
        return uri

    def palantir(self, mlflow, dsn, settings):
        port = free_port()
        began = time.monotonic()
        process = self.start(
            "palantir", [ROOT / ".build/release/palantir", "serve"], MLFLOW_URI=mlflow, MYSQL_DSN=dsn,
            PALANTIR_DATA=str(self.folder / "palantir"), PALANTIR_PORT=str(port), **settings)
        self.wait(f"http://127.0.0.1:{port}/readyz")
        return f"http://127.0.0.1:{port}", process, time.monotonic() - began
