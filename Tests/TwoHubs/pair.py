"""Two hubs behind nginx on one MariaDB and one MLflow, and a stub model whose answers are a function of the whole row."""

import asyncio
import getpass
import re
import time
from collections import Counter
from pathlib import Path

from database import Database
from hub import Hub
from model import Model
from processes import Processes, free_port
from registry import Registry

ROOT = Path(__file__).resolve().parents[2]
MODEL = "answers"
# A call takes so long that a hub has requests under way whenever it is killed.
CALL_SECONDS = 0.1

CONFIGURATION = """\
daemon off;
# The workers too: the folder is this user's alone.
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx-errors.log;
events {{ worker_connections 1024; }}
http {{
    log_format told '$msec $status "$upstream_addr" "$upstream_status"';
    access_log {folder}/access.log told;
    client_body_temp_path {folder}/nginx-bodies;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    include {folder}/palantir.conf;
}}
"""


class Pair:
    def __init__(self, folder):
        self.folder = folder
        self.processes = Processes(folder)
        self.database, self.registry = Database(self.processes), Registry(self.processes)
        self.model = Model(self.processes, "model")
        self.port = free_port()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        self.registry.start()
        self.database.create()
        self.model.start()
        asyncio.run(self.registry.register(
            MODEL, feature_store="entities", uri=self.model.uri(MODEL), max_concurrency="32", max_batch_size="4"))
        asyncio.run(self.model.tell(mode="slow", seconds=CALL_SECONDS))
        self.hubs = [self.start_hub(name) for name in ("first", "second")]
        self.start_nginx()

    def start_hub(self, name, port=None):
        hub = Hub(
            self.processes, name, MLFLOW_URI=self.registry.url, MYSQL_DSN=self.database.dsn(),
            PALANTIR_DRAIN_DELAY="500ms")
        if port:
            hub.port = port
            hub.environment["PALANTIR_PORT"] = str(port)
        asyncio.run(hub.start())
        return hub

    def start_again(self, index):
        """The hub comes back at its port."""
        self.hubs[index] = self.start_hub(self.hubs[index].name, self.hubs[index].port)

    def start_nginx(self):
        """With the configuration that is shipped, but for the ports."""
        shipped = (ROOT / "deploy/nginx/palantir.conf").read_text()
        ports = {"3000": self.port, "3001": self.hubs[0].port, "3002": self.hubs[1].port}
        (self.folder / "palantir.conf").write_text(
            re.sub(r"127\.0\.0\.1:(\d+)", lambda found: f"127.0.0.1:{ports[found.group(1)]}", shipped))
        (self.folder / "nginx.conf").write_text(CONFIGURATION.format(folder=self.folder, user=getpass.getuser()))
        process = self.processes.start("nginx", ["nginx", "-p", self.folder, "-c", self.folder / "nginx.conf"])
        self.processes.wait_for_url("nginx", process, f"{self.url}/readyz")

    def told(self, since, at_least=0):
        """What nginx answered from a moment on. It writes a line after its answer, so so many are waited for."""
        end = time.monotonic() + 10
        while True:
            lines = (self.folder / "access.log").read_text().split("\n")[:-1]
            told = [each for each in map(Told, lines) if each.moment >= since]
            if statuses(told)["200"] >= at_least or time.monotonic() > end:
                return told
            time.sleep(0.05)


class Told:
    """A line of nginx's log."""

    def __init__(self, line):
        moment, self.status, upstreams, self.upstream_status = re.fullmatch(
            r'([\d.]+) (\d+) "(.*)" "(.*)"', line).groups()
        self.moment = float(moment)
        # The last of those that it tried is the one that answered.
        self.port = int(upstreams.rsplit(":", 1)[-1])


def statuses(told):
    return Counter(each.status for each in told)


def served_by(told, hub):
    return sum(each.status == "200" and each.port == hub.port for each in told)


def now():
    """By nginx's clock, which counts milliseconds."""
    return int(time.time() * 1000) / 1000
