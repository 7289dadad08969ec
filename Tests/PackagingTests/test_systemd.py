"""deploy/systemd. No systemd runs here as the first process; scripts/try-distribution boots one and starts the service."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

VERSION = int(subprocess.run(["systemd-analyze", "--version"], capture_output=True, text=True).stdout.split()[1])
pytestmark = pytest.mark.skipif(VERSION < 250, reason="systemd-analyze cannot look at files by themselves before 250")
PROGRAM = Path(os.environ["PALANTIR_BIN"]).resolve()


def verified(root, tmp_path, change=lambda text: text):
    """What systemd-analyze says of the unit, with a program where there is none."""
    text = (root / "deploy/systemd/palantir.service").read_text().replace("/usr/bin/palantir", str(PROGRAM))
    (tmp_path / "palantir.service").write_text(change(text))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", tmp_path / "palantir.service"], capture_output=True,
        text=True)
    return done.returncode, done.stdout + done.stderr


def test_systemd_takes_the_unit(root, tmp_path):
    assert verified(root, tmp_path) == (0, "")


def test_systemd_would_complain(root, tmp_path):
    _, said = verified(root, tmp_path, lambda text: text.replace("ProtectHome=", "ProtectHouse="))
    assert "ProtectHouse" in said


def test_the_service_is_hardly_exposed(root):
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", root / "deploy/systemd/palantir.service"],
        capture_output=True, text=True)
    # The exposure is counted from 0 to 10, the threshold from 0 to 100.
    assert done.returncode == 0, done.stdout[-300:]


def test_its_arguments_are_those_of_the_program(root):
    line = re.search(r"^ExecStart=(.*)$", (root / "deploy/systemd/palantir.service").read_text(), re.MULTILINE)
    said = subprocess.run([PROGRAM, "serve", "--help"], capture_output=True, text=True, check=True).stdout
    for flag in re.findall(r"--[a-z-]+", line.group(1)):
        assert flag in said


def test_the_user_is_made(root, tmp_path):
    (tmp_path / "etc").mkdir()
    assert shutil.which("systemd-sysusers")
    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", root / "deploy/systemd/palantir.sysusers"], check=True,
        capture_output=True)
    assert re.search(r"^palantir:", (tmp_path / "etc/passwd").read_text(), re.MULTILINE)
