import os
import subprocess
import sys
from pathlib import Path

import pytest

# A machine's proxy is not asked for this machine's own servers.
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
for name in ("PALANTIR_URL", "PALANTIR_API_KEY", "PALANTIR_CA_FILE"):
    os.environ.pop(name, None)

from stack import Stack, started
from twins import TWINS


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    with started(Stack(tmp_path_factory.mktemp("stack"))) as stack:
        yield stack


@pytest.fixture(scope="session")
def package():
    """Where the client's source is."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def empty_environment(tmp_path_factory):
    """A Python of its own with nothing but pip: `run` runs it."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)

    def run(*arguments, **environment):
        done = subprocess.run(
            [folder / "bin/python", *arguments], capture_output=True, text=True, cwd=folder,
            env=os.environ | {"PYTHONPATH": ""} | environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
    return run


@pytest.fixture(scope="session")
def install_more(empty_environment):
    """Installs into that environment by uv, if there is one: as pip does, in a tenth of the time."""
    def install(what):
        uv = Path(sys.executable).parent / "uv"
        python = empty_environment("-c", "import sys; print(sys.executable)").strip()
        done = subprocess.run([uv, "pip", "install", "--quiet", "--python", python, what]) if uv.exists() else None
        if done is None or done.returncode:
            empty_environment("-m", "pip", "install", "--quiet", what)
    return install


@pytest.fixture(params=TWINS.values(), ids=TWINS.keys())
def client(request):
    """Makes clients of either kind, and closes them."""
    made = []

    def make(*arguments, **named):
        made.append(request.param(*arguments, **named))
        return made[-1]
    yield make
    for each in made:
        each.__exit__(None, None, None)
