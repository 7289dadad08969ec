import os
import shutil
import sys
import types
from pathlib import Path

os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", GIT_PYTHON_REFRESH="quiet", MLFLOW_LOGGING_LEVEL="ERROR")
sys.path.insert(0, str(Path(__file__).parent))

import harness

# As fork_server.py does it.
package = types.ModuleType("palantir_scorer")
package.__path__ = [str(harness.SCORER)]
sys.modules["palantir_scorer"] = package

import pytest


@pytest.fixture(scope="session")
def models():
    import models

    folder = harness.temporary_folder()
    models.save_all(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def shared():
    """One fork server for all tests that leave it as it was."""
    server = harness.ForkServer(harness.temporary_folder())
    yield server
    server.close()


@pytest.fixture
def own():
    """A fork server for this test alone, which may end it."""
    servers = []

    def make(*options):
        servers.append(harness.ForkServer(harness.temporary_folder(), *options))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def replica(shared, models):
    """A replica of a model by its name, started once."""
    started = {}

    def get(name):
        if name not in started:
            started[name] = shared.start(f"shared {name}", models / name)
        return started[name]

    return get
