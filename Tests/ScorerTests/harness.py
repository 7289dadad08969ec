"""Drives a real fork server: commands in, events out, requests to its replicas."""

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
SCORER = PROJECT / "Sources/Palantir/Deployment/LocalProcess/Python"
FORK_SERVER = SCORER / "fork_server.py"
SECRET = "5ec2e7"


class ForkServer:
    def __init__(self, folder, *options):
        self.folder = Path(folder)
        self.scratch = self.folder / "scratch"
        self.events = []
        self.changed = threading.Condition()
        self.replicas = {}
        self.errors = open(self.folder / "stderr.log", "w")
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(FORK_SERVER), "--scratch", str(self.scratch), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "TZ": "UTC", "PALANTIR_SECRET": "of the hub"},
        )
        threading.Thread(target=self.read_events, daemon=True).start()
        self.ready = self.wait_for("ready")

    def read_events(self):
        for line in self.process.stdout:
            with self.changed:
                self.events.append(json.loads(line))
                self.changed.notify_all()

    def send(self, **command):
        self.send_line(json.dumps(command).encode())

    def send_line(self, line):
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def events_of(self, deployment):
        with self.changed:
            return [event for event in self.events if event.get("deployment") == deployment]

    def wait_for(self, *names, deployment=None, timeout=60):
        """The first such event; fails the test when it does not come."""
        until = time.monotonic() + timeout
        with self.changed:
            while True:
                for event in self.events:
                    if event["event"] in names and event.get("deployment") == deployment:
                        return event
                left = until - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no {names} of {deployment} in {self.events}\n{self.log_of(deployment)}")
                self.changed.wait(left)

    def begin(self, deployment, model_path, **fields):
        fields = {"secret": SECRET, "memory_limit_bytes": None, "user": None, "grace_s": 5} | fields
        log_path = str(self.folder / f"{deployment}.log")
        self.send(command="start", deployment=deployment, model_path=str(model_path), log_path=log_path, **fields)

    def start(self, deployment, model_path, **fields):
        """A replica that listens, with the event that said so."""
        self.begin(deployment, model_path, **fields)
        event = self.wait_for("listening", "failed", "exited", "error", deployment=deployment)
        assert event["event"] == "listening", f"{event}\n{self.log_of(deployment)}"
        return Replica(event)

    def log_of(self, deployment):
        path = self.folder / f"{deployment}.log"
        return path.read_text() if path.exists() else ""

    def stop(self, deployment, **fields):
        self.send(command="stop", deployment=deployment, **fields)
        return self.wait_for("exited", deployment=deployment)

    def close(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.wait(20)
        self.errors.close()
        shutil.rmtree(self.folder)


class Replica:
    def __init__(self, event):
        self.event = event
        self.pid = event["pid"]
        self.port = event["port"]

    def request(self, method, path, body=None, secret=SECRET, headers=None, timeout=30):
        """Status and body's text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            given = dict(headers or {})
            if secret is not None:
                given["x-palantir-secret"] = secret
            connection.request(method, path, body=body, headers=given)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def post(self, rows, **options):
        return self.request("POST", "/predict", json.dumps({"values": rows}), **options)

    def predict(self, rows, **options):
        """The predictions; fails the test when there are none."""
        status, body = self.post(rows, **options)
        assert status == 200, body
        return json.loads(body)["predictions"]

    def refuse(self, rows, status=422, **options):
        """The error's sentence."""
        got, body = self.post(rows, **options)
        assert got == status, (got, body)
        return json.loads(body)["error"]


def is_alive(pid):
    """Also a zombie counts as alive: somebody has not reaped it."""
    return os.path.exists(f"/proc/{pid}")


def is_running(pid):
    """For processes without their parent: reaping them is init's business, in its own time."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition, timeout=10):
    until = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.02)


def temporary_folder():
    folder = Path(tempfile.mkdtemp(prefix="fork-server-"))
    folder.chmod(0o755)
    return folder
