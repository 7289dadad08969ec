"""What the pages speak of, at ports of this run: MLflow, MariaDB, the churn example with its API, a place for a hub."""

import os
import shutil
import subprocess
from pathlib import Path

from database import Database
from processes import Processes, free_port
from registry import Registry

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".build-python/bin/python"
PROGRAM = Path(os.environ.get("PALANTIR_BIN") or ROOT / ".build/debug/palantir").resolve()
EXAMPLE = ROOT / "examples/churn"
# Pages have commands that write in them.
COPIED = ("clients", "deploy", "examples")


class Surroundings:
    def __init__(self, folder):
        self.folder = folder
        self.processes = Processes(folder)
        self.database = Database(self.processes)
        self.registry = Registry(self.processes)
        self.api_port, self.hub_port, self.ray_port = free_port(), free_port(), free_port()

    @property
    def api(self):
        return f"http://127.0.0.1:{self.api_port}/predict"

    @property
    def addresses(self):
        """What the pages call them, and where they are."""
        return {"127.0.0.1:3000": f"127.0.0.1:{self.hub_port}", "127.0.0.1:5000": f"127.0.0.1:{self.registry.port}",
                "127.0.0.1:8001": f"127.0.0.1:{self.api_port}", "127.0.0.1:3306": f"127.0.0.1:{self.database.port}",
                "hub.example:3000": f"127.0.0.1:{self.hub_port}", "hub:3000": f"127.0.0.1:{self.hub_port}", "--port 5000": f"--port {self.registry.port}",
                "--port 8001": f"--port {self.api_port}", "127.0.0.1:3001": f"127.0.0.1:{self.hub_port}",
                "127.0.0.1:8265": f"127.0.0.1:{self.ray_port}",
                "https://palantir.example.com": f"http://127.0.0.1:{self.hub_port}",
                # Some input stands for what the fuzzer found.
                ".build-fuzz/findings/dsn-crash-…": str(min(ROOT.glob("Fuzzing/Corpus/dsn/*")))}

    def start(self):
        self.registry.start(MLFLOW_WEBHOOK_ALLOWED_SCHEMES="http,https", MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS="true")
        self.make_certificate()
        self.database.create()
        self.database.run("CREATE USER user@'%' IDENTIFIED BY 'password'; GRANT ALL ON features.* TO user@'%';")
        self.train(f"mysql://user:password@127.0.0.1:{self.database.port}/features")
        self.write_features(f"sqlite:///{self.folder}/features.sqlite")
        api = self.processes.start(
            "api", [PYTHON, EXAMPLE / "api.py", "--port", self.api_port], MLFLOW_TRACKING_URI=self.registry.url)
        self.processes.wait_for_url("api", api, self.api.replace("predict", "health"))

    def train(self, store):
        subprocess.run(
            [PYTHON, EXAMPLE / "train.py", "--tracking-uri", self.registry.url, "--uri", self.api,
             "--features", store],
            check=True, capture_output=True, cwd=self.folder)

    def write_features(self, store):
        """The same customers once more."""
        code = ("from customers import make_customers; from feature_table import write_feature_table; import sys\n"
                "write_feature_table(sys.argv[1], 'churn_features', make_customers(4000, 7)[0])")
        subprocess.run([PYTHON, "-B", "-c", code, store], check=True, capture_output=True, cwd=EXAMPLE)

    def reset_tags(self, has_api=True):
        """As training left them, since pages change them; or those of a model that has no API."""
        code = ("import mlflow; client = mlflow.MlflowClient(); tags = client.get_registered_model('churn').tags\n"
                "[client.delete_registered_model_tag('churn', tag) for tag in tags if tag not in ('feature_store', 'uri')]\n"
                "client.set_registered_model_tag('churn', 'feature_store', 'churn_features')\n"
                f"client.set_registered_model_tag('churn', 'uri', '{self.api if has_api else ''}')\n")
        subprocess.run([PYTHON, "-c", code], check=True, capture_output=True, cwd=self.folder, env=self.environment)

    def prepare(self, work):
        """The repository's folder, as somebody has it who has read up to there."""
        (work / "palantir-data").mkdir(parents=True)
        for entry in ROOT.iterdir():
            if entry.name in COPIED:
                shutil.copytree(entry, work / entry.name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
            elif entry.name not in ("palantir-data", ".env", ".git", ".demo"):
                (work / entry.name).symlink_to(entry)
        shutil.copy(self.folder / "features.sqlite", work / "palantir-data")
        for name in ("server.pem", "server.key"):
            shutil.copy(self.folder / name, work)
        for folder in (".zsh/completions", ".config/fish/completions"):
            (work / folder).mkdir(parents=True)
        # Where a client finds its server, as the reader's own settings say it.
        (work / ".my.cnf").write_text(f"[client]\nsocket={self.database.socket}\nuser=root\n")
        (work / "hub.env").write_text("PALANTIR_MAX_IN_FLIGHT=100\n")
        (work / "ids.txt").write_text("42\n43\n")
        (work / "customers.csv").write_text("customer_id,name\n42,Ana\n43,Rui\n")
        return work

    def make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=hub", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "server.key", "-out", "server.pem"],
            check=True, capture_output=True, cwd=self.folder)
        (self.folder / "server.key").chmod(0o600)

    @property
    def ray(self):
        """Where `make ray` has its ports and files; the latter's path has to be short."""
        ports = {name: str(free_port()) for name in ("RAY_PORT", "RAY_AGENT_PORT", "RAY_CLIENT_PORT")}
        return ports | {"RAY_DASHBOARD_PORT": str(self.ray_port), "RAY_TEMP": f"/tmp/palantir-ray-{self.ray_port}",
                        "PALANTIR_RAY_SERVE_URL": f"http://127.0.0.1:{free_port()}"}

    @property
    def environment(self):
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith(("PALANTIR_", "MLFLOW_", "MYSQL_", "FEATURE_STORE_", "OTEL_"))}
        return kept | {"MLFLOW_TRACKING_URI": self.registry.url, "MLFLOW_DISABLE_TELEMETRY": "true"}
