"""The type hints."""

import subprocess
import sys


def test_mypy_finds_nothing(package, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", tmp_path], cwd=package, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
