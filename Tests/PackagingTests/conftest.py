import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("Tests/PackagingTests", "Tests/Faults", "Benchmarks")]
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1"

import pytest
from processes import Processes


@pytest.fixture
def root():
    return ROOT


@pytest.fixture
def processes(tmp_path):
    processes = Processes(tmp_path)
    yield processes
    processes.end_all()
