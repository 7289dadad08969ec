"""What a replica can reach, and how much it may take."""

import os
import subprocess

import pytest

from harness import is_running, wait_until

ROW = {"id": 1, "a": 0.5, "b": 1}


def why_no_other_user():
    """None where a replica may run as nobody."""
    if os.getuid() != 0:
        return "only root can become another user"
    # A Python in root's home cannot import for another user what is not imported yet.
    for path in (os.__file__, pytest.__file__):
        if subprocess.run(["cat", path], user=65534, group=65534, extra_groups=[], capture_output=True).returncode:
            return f"the user nobody may not read this Python: {path}"
    return None


another_user = pytest.mark.skipif(why_no_other_user() is not None, reason=str(why_no_other_user()))


def told(replica, what):
    return replica.predict([{"id": 1, "do": what}])["1"]["prediction"]


def test_a_replica_has_an_environment_and_files_of_its_own(replica, shared):
    environment = told(replica("Moody"), "environment")
    assert "PALANTIR_SECRET" not in environment and "of the hub" not in environment
    assert f"('HOME', '{shared.scratch}/replica-" in environment
    # stdin, stdout, stderr, epoll, two of the event loop, listener, connection, the listing itself.
    assert len(told(replica("Moody"), "files").split(",")) <= 10
    assert f"{shared.scratch}/replica-" in told(replica("Moody"), "whoami")


def test_its_folder_goes_with_it(shared, models):
    replica = shared.start("folder", models / "Moody")
    before = set(os.listdir(shared.scratch))
    told(replica, "write")
    home = os.readlink(f"/proc/{replica.pid}/cwd")
    assert os.listdir(home) == ["a file"] and os.stat(home).st_mode & 0o777 == 0o700
    shared.stop("folder")
    assert not os.path.exists(home) and len(set(os.listdir(shared.scratch))) == len(before) - 1


def test_prints_go_to_the_log_and_not_among_the_events(replica, shared):
    told(replica("Moody"), "print")
    assert "a print of the model" in shared.log_of("shared Moody")


@another_user
def test_another_user_without_privileges(shared, models):
    subprocess.run(["chmod", "-R", "a+rX", str(models)], check=True)
    os.chmod(shared.folder, 0o755)
    replica = shared.start("user", models / "Moody", user={"uid": 65534, "gid": 65534})
    identity = told(replica, "whoami")
    assert identity.startswith("(65534, 65534, 65534) (65534, 65534, 65534) []")
    with open(f"/proc/{replica.pid}/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file)
    assert status["NoNewPrivs"] == "1" and int(status["CapEff"], 16) == 0
    os.kill(shared.process.pid, 0)
    shared.stop("user")


@another_user
def test_another_user_still_dies_with_the_fork_server(own, models):
    subprocess.run(["chmod", "-R", "a+rX", str(models)], check=True)
    server = own()
    replica = server.start("user", models / "classifier", user={"uid": 65534, "gid": 65534})
    server.process.kill()
    server.process.wait()
    wait_until(lambda: not is_running(replica.pid), timeout=3)


def test_a_request_that_needs_too_much_memory_fails_alone(shared, models):
    replica = shared.start("large", models / "Hoarder", memory_limit_bytes=200 << 20)
    error = replica.refuse([{"id": 1, "mb": 1000, "keep": 0}], 500)
    assert error.startswith("the model failed with MemoryError")
    assert replica.predict([{"id": 1, "mb": 100, "keep": 0}])
    shared.stop("large")


# 80: the third does not fit, and leaves more free than most requests need.
@pytest.mark.parametrize("mb", [80, 20, 7, 1])
def test_a_model_that_hoards_memory_ends_and_says_why(shared, models, replica, mb):
    deployment = f"hoarder {mb}"
    hoarder = shared.start(deployment, models / "Hoarder", memory_limit_bytes=200 << 20)
    kept = 0
    for n in range(300):
        try:
            kept += hoarder.post([{"id": n, "mb": mb, "keep": 1}])[0] == 200
        except OSError:
            break
    exited = shared.wait_for("exited", deployment=deployment, timeout=5)
    assert (exited["code"], exited["reason"], exited["expected"]) == (71, "its memory was used up", False)
    assert 100 < kept * mb <= 220
    assert replica("classifier").predict([ROW])


def test_replicas_draw_different_random_numbers_and_dump_no_core(shared, models):
    replica = shared.start("limits", models / "Moody")
    with open(f"/proc/{replica.pid}/limits") as file:
        core = next(line for line in file if line.startswith("Max core"))
    assert core.split()[4:6] == ["0", "0"]
    with open(f"/proc/{replica.pid}/oom_score_adj") as file:
        assert file.read().strip() == "500"
    shared.stop("limits")
