import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [
    str(ROOT / folder) for folder in ("Tests/TwoHubs", "Tests/Faults", "Benchmarks", "clients/python/src")]
# A machine's proxy is not asked for this machine's own servers.
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1"

import pytest
from pair import Pair
from processes import started


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    with started(Pair(tmp_path_factory.mktemp("pair"))) as pair:
        yield pair
