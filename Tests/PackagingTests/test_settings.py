"""A hub starts with the settings that are shipped, one by one as they are, but for its port, host and folder."""

import os
import re
import urllib.request
from pathlib import Path

import pytest
import yaml
from processes import free_port

PROGRAM = Path(os.environ["PALANTIR_BIN"]).resolve()
DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


def of_compose(root, _):
    services = yaml.safe_load((root / "deploy/compose.yaml").read_text())["services"]
    return {key: DEFAULT.sub(r"\1", value) for key, value in services["palantir"]["environment"].items()}


def of_kubernetes(root, folder):
    documents = [
        document for name in ("configmap", "secret.example")
        for document in yaml.safe_load_all((root / f"deploy/kubernetes/{name}.yaml").read_text())]
    settings, secrets, keys = (document.get("data") or document["stringData"] for document in documents)
    # Where the Deployment mounts it.
    assert settings["PALANTIR_KEYS_FILE"] == "/etc/palantir/keys.json"
    (folder / "keys.json").write_text(keys["keys.json"])
    return settings | secrets | {"PALANTIR_KEYS_FILE": str(folder / "keys.json")}


def of_systemd(root, folder):
    return settings_in((root / "deploy/systemd/palantir.env").read_text())


def of_systemd_with_all_that_is_shown(root, folder):
    """What stands behind `#` as an example is right too."""
    text = re.sub(r"^#(?=[A-Z_]+=)", "", (root / "deploy/systemd/palantir.env").read_text(), flags=re.MULTILINE)
    (folder / "keys.json").write_text('{"keys": []}')
    return settings_in(text) | {"PALANTIR_KEYS_FILE": str(folder / "keys.json")}


def settings_in(text):
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


@pytest.mark.parametrize("shipped", [of_compose, of_kubernetes, of_systemd, of_systemd_with_all_that_is_shown])
def test_a_hub_starts_with_them(shipped, root, tmp_path, processes):
    settings = shipped(root, tmp_path)
    port = free_port()
    process = processes.start("hub", [PROGRAM, "serve"], **settings | {
        "PALANTIR_PORT": str(port), "PALANTIR_HOST": "127.0.0.1", "PALANTIR_DATA": str(tmp_path / "data")}
        | ({"PALANTIR_HOST": "0.0.0.0"} if "PALANTIR_ALLOW_ANONYMOUS" in settings else {}))
    processes.wait_for_url("hub", process, f"http://127.0.0.1:{port}/livez")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez") as answer:
        assert answer.status == 200


def test_a_setting_that_is_none_would_be_seen(root, tmp_path, processes):
    process = processes.start("hub", [PROGRAM, "serve"], **of_compose(root, tmp_path) | {"PALANTIR_PROT": "1"})
    assert process.wait(30) == 78
