"""deploy/compose.yaml, as far as that goes without an engine; `make try-containers` builds and starts it."""

import subprocess

import yaml


def test_compose_takes_it(root):
    done = subprocess.run(
        ["docker-compose", "--file", root / "deploy/compose.yaml", "config"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert set(services) == {"mysql", "mlflow", "train", "churn", "palantir"}


def test_compose_would_complain(root, tmp_path):
    text = (root / "deploy/compose.yaml").read_text().replace("stop_grace_period", "stop_grace")
    (tmp_path / "compose.yaml").write_text(text)
    done = subprocess.run(["docker-compose", "--file", tmp_path / "compose.yaml", "config"], capture_output=True, text=True)
    assert done.returncode != 0 and "stop_grace" in done.stderr


def test_nothing_is_published_beyond_this_machine(root):
    services = yaml.safe_load((root / "deploy/compose.yaml").read_text())["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert sorted(ports) == ["127.0.0.1:3000:3000", "127.0.0.1:5000:5000"]


def test_what_is_copied_into_images_is_there_and_not_ignored(root):
    ignored = (root / ".dockerignore").read_text().splitlines()
    for name in ("deploy/Dockerfile", "deploy/compose/churn.Dockerfile"):
        for line in (root / name).read_text().splitlines():
            if line.startswith("COPY ") and "--from" not in line:
                *sources, _ = line.split()[1:]
                for source in sources:
                    assert list(root.glob(source)), source
                    assert any(source.startswith(entry[1:]) for entry in ignored if entry.startswith("!")), source


def test_the_script_of_mysql_is_one(root):
    subprocess.run(["bash", "-n", root / "deploy/compose/hub-user.sh"], check=True)
