import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [
    str(ROOT / folder) for folder in ("Tests/TwoHubs", "Tests/Faults", "Benchmarks", "clients/python/src")]
# A machine's proxy is not asked for this machine's own servers.
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1"

import pytest
from pair import Pair

# As Ctrl-C does: what was started is ended.
signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    pair = Pair(tmp_path_factory.mktemp("pair"))
    try:
        try:
            pair.start()
        except SystemExit as error:
            # A server did not come up; pytest would try it again for each test.
            raise RuntimeError(str(error)) from None
        yield pair
    finally:
        pair.processes.end_all()
