import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("Tests/DocsTests", "Tests/Faults", "Benchmarks")]
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1"

import pytest
from processes import started
from surroundings import Surroundings


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="run also the commands that take minutes each")


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory):
    with started(Surroundings(tmp_path_factory.mktemp("docs"))) as surroundings:
        yield surroundings
