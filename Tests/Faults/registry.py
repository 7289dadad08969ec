"""MLflow; it keeps its port and its models when it is ended and started again."""

import asyncio
import json
import signal
import urllib.request

from processes import free_port, signal_group
from servers import PYTHON, post


class Registry:
    API = "api/2.0/mlflow/registered-models"

    def __init__(self, processes):
        self.processes = processes
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, **settings):
        folder = self.processes.folder
        self.process = self.processes.start(
            "mlflow", [PYTHON, "-m", "mlflow", "server", "--workers", "1", "--host", "127.0.0.1", "--port", self.port,
                       "--backend-store-uri", f"sqlite:///{folder}/mlflow.sqlite", "--artifacts-destination",
                       "mlflow-artifacts"],
            MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", MLFLOW_DISABLE_TELEMETRY="true", **settings)
        self.processes.wait_for_url("mlflow", self.process, f"{self.url}/{self.API}/search")

    async def register(self, name, **tags):
        await asyncio.to_thread(post, f"{self.url}/{self.API}/create", {
            "name": name, "tags": [{"key": key, "value": str(value)} for key, value in tags.items()]})

    async def set_tag(self, name, key, value):
        await asyncio.to_thread(post, f"{self.url}/{self.API}/set-tag", {"name": name, "key": key, "value": value})

    async def delete(self, name):
        def send():
            request = urllib.request.Request(
                f"{self.url}/{self.API}/delete", json.dumps({"name": name}).encode(),
                {"content-type": "application/json"}, method="DELETE")
            urllib.request.urlopen(request, timeout=30).close()
        await asyncio.to_thread(send)

    def kill(self):
        # The group: MLflow's server has workers of its own.
        signal_group(self.process, signal.SIGKILL)
        self.process.wait()
        self.processes.running.remove(self.process)

    async def start_again(self):
        await asyncio.to_thread(self.start)
