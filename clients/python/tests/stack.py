"""Real servers around a client: MLflow, the churn example's model and API, and hubs; started once for all tests."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path += [str(ROOT / "Benchmarks"), str(ROOT / "Tests/Faults")]

from processes import Processes, free_port, started  # noqa: F401, by conftest.py
from registry import Registry

PYTHON = ROOT / ".build-python/bin/python"
PROGRAM = Path(os.environ.get("PALANTIR_BIN") or ROOT / ".build/debug/palantir").resolve()
EXAMPLE = ROOT / "examples/churn"
# More than go into one request.
CUSTOMERS = 10_100


class Stack:
    def __init__(self, folder):
        self.folder = folder
        self.processes = Processes(folder)
        self.registry = Registry(self.processes)
        self.mlflow = self.registry.url
        self.api = f"http://127.0.0.1:{free_port()}/predict"
        self.features = f"sqlite:///{folder}/features.sqlite"
        self.certificate, self.certificate_key = folder / "hub.pem", folder / "hub.key"
        self.keys = folder / "keys.json"

    def start(self):
        self.registry.start()
        self.train()
        api = self.processes.start(
            "api", [PYTHON, EXAMPLE / "api.py", "--port", port_of(self.api)], MLFLOW_TRACKING_URI=self.mlflow)
        self.make_certificate()
        self.processes.wait_for_url("api", api, self.api.replace("predict", "health"))
        self.open_hub = self.start_hub("open")
        self.key = self.create_key("all", "--scope", "predict", "--scope", "models", "--scope", "features", "--scope",
                                   "deployments")
        # Two at once and then one each half second.
        self.slow_key = self.create_key("slow", "--requests-per-second", "2")
        self.guarded_hub = self.start_hub(
            "guarded", PALANTIR_KEYS_FILE=str(self.keys), PALANTIR_MODEL_HOSTS="127.0.0.1",
            PALANTIR_TLS_CERTIFICATE=str(self.certificate), PALANTIR_TLS_KEY=str(self.certificate_key))

    def train(self):
        subprocess.run(
            [PYTHON, EXAMPLE / "train.py", "--tracking-uri", self.mlflow, "--uri", self.api, "--features",
             self.features, "--customers", str(CUSTOMERS)],
            check=True, capture_output=True, cwd=self.folder)

    def make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=hub", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.certificate_key, "-out",
             self.certificate], check=True, capture_output=True)
        self.certificate_key.chmod(0o600)

    def create_key(self, name, *options):
        done = subprocess.run(
            [PROGRAM, "keys", "create", name, *options], check=True, capture_output=True, text=True,
            env=os.environ | {"PALANTIR_KEYS_FILE": str(self.keys)})
        return done.stdout.strip()

    def start_hub(self, name, port=None, **settings):
        """A hub's address once it is ready."""
        port = port or free_port()
        scheme = "https" if "PALANTIR_TLS_KEY" in settings else "http"
        process = self.processes.start(
            name, [PROGRAM, "serve"], **{
                "MLFLOW_URI": self.mlflow, "FEATURE_STORE_URL": self.features, "PALANTIR_PORT": str(port),
                "PALANTIR_DATA": str(self.folder / f"{name}-data")} | settings)
        if scheme == "http":
            self.processes.wait_for_url(name, process, f"http://127.0.0.1:{port}/readyz")
        else:
            self.processes.wait_for_port(name, process, port)
        return Hub(f"{scheme}://127.0.0.1:{port}", process, port)


class Hub:
    def __init__(self, url, process, port):
        self.url, self.process, self.port = url, process, port


def port_of(url):
    return url.split(":")[2].split("/")[0]
