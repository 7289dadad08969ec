"""What the hub is measured beside: the models asked directly, nginx in front of them, and a hub written by hand."""

from functools import cached_property
from pathlib import Path

from processes import free_port

BENCHMARKS = Path(__file__).resolve().parent
PEERS = BENCHMARKS / "peers"
MODEL_PYTHON = BENCHMARKS.parent / ".build-python/bin/python"
PEERS_PYTHON = BENCHMARKS.parent / ".build-peers/bin/python"


class Peers:
    """Part of `Servers`, which has the processes, MLflow and MariaDB."""

    @cached_property
    def stub(self):
        """The model that costs nothing; its uri."""
        port = free_port()
        process = self.processes.start("stub", [BENCHMARKS / ".build/release/Stub", port])
        self.processes.wait_for_port("stub", process, port)
        return f"http://127.0.0.1:{port}/predict"

    @cached_property
    def flask_uri(self):
        return f"http://127.0.0.1:{free_port()}/predict"

    @cached_property
    def flask(self):
        """The example's scikit-learn model behind its own API: Flask and waitress, one process with eight threads."""
        port = port_of(self.flask_uri)
        process = self.start_model("flask", [PEERS / "churn_flask.py", "--port", port])
        self.processes.wait_for_port("flask", process, port)
        return self.flask_uri

    @cached_property
    def uvicorn_uri(self):
        return f"http://127.0.0.1:{free_port()}/predict"

    @cached_property
    def uvicorn(self):
        """The same model behind FastAPI and two workers of uvicorn."""
        process = self.start_model("uvicorn", [
            "-m", "uvicorn", "churn_uvicorn:app", "--app-dir", PEERS, "--host", "127.0.0.1",
            "--port", port_of(self.uvicorn_uri), "--workers", 2, "--no-access-log"])
        self.processes.wait_for_lines("uvicorn", process, "Application startup complete", 2)
        return self.uvicorn_uri

    def start_model(self, name, arguments):
        return self.processes.start(name, [MODEL_PYTHON, *arguments], MLFLOW_TRACKING_URI=self.mlflow.url)

    @cached_property
    def nginx_to_stub(self):
        return self.nginx("nginx-stub", self.stub)

    @cached_property
    def nginx_to_flask(self):
        return self.nginx("nginx-flask", self.flask)

    def nginx(self, name, upstream):
        """nginx as a plain proxy, keeping its connections alive: the least that a hop can cost."""
        port, folder = free_port(), self.folder / name
        folder.mkdir()
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        folders = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
        (folder / "nginx.conf").write_text(
            f"worker_processes 1; pid {folder}/nginx.pid; daemon off; error_log {folder}/error.log;"
            f"events {{ worker_connections 4096; }} http {{ access_log off; keepalive_requests 10000000; {folders}"
            f"client_body_buffer_size 1m; upstream model {{ server {upstream.split('/')[2]}; keepalive 512;"
            f"keepalive_requests 10000000; }} server {{ listen 127.0.0.1:{port} backlog=1024; location / {{"
            f"proxy_pass http://model; proxy_buffers 8 64k; proxy_http_version 1.1;"
            'proxy_set_header Connection ""; } } }')
        process = self.processes.start(name, ["nginx", "-c", folder / "nginx.conf"])
        self.processes.wait_for_port(name, process, port)
        return f"http://127.0.0.1:{port}/predict"

    @cached_property
    def fastapi(self):
        return self.hub_by_hand("fastapi", "httpx")

    @cached_property
    def fastapi_with_aiohttp(self):
        return self.hub_by_hand("fastapi-aiohttp", "aiohttp")

    def hub_by_hand(self, name, client):
        """The hub that people write by hand, with this HTTP client; it takes what Palantir takes."""
        port = free_port()
        process = self.processes.start(
            name, [PEERS_PYTHON, "-m", "uvicorn", "hub:app", "--app-dir", PEERS, "--host", "127.0.0.1", "--port", port,
                   "--workers", 2, "--loop", "uvloop", "--http", "httptools", "--no-access-log"],
            HUB_CLIENT=client, HUB_MLFLOW=self.mlflow.url, HUB_DATABASE=self.mariadb.url)
        self.processes.wait_for_lines(name, process, "Application startup complete", 2)
        return f"http://127.0.0.1:{port}/predictions"


def port_of(uri):
    return int(uri.split("/")[2].split(":")[1])
