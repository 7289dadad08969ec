"""Commands, events, and what becomes of replicas."""

import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from harness import FORK_SERVER, is_alive, is_running, wait_until

ROW = {"id": 1, "a": 0.5, "b": 1}


def test_a_replica_from_start_to_stop(shared, models):
    replica = shared.start("life", models / "classifier")
    assert replica.predict([ROW])
    exited = shared.stop("life")
    assert exited == {
        "event": "exited",
        "deployment": "life",
        "pid": replica.pid,
        "code": 0,
        "signal": None,
        "expected": True,
        "reason": "stopped",
    }
    assert not is_alive(replica.pid)
    assert [event["event"] for event in shared.events_of("life")] == ["started", "listening", "exited"]
    shared.begin("life", models / "classifier")  # The name is free again.
    wait_until(lambda: len(shared.events_of("life")) == 5)


@pytest.mark.parametrize(
    "line, reason",
    [
        (b"nonsense", "not JSON"),
        (b"", "not JSON"),
        (b"[]", "a command is a JSON object"),
        (b'{"command":"dance"}', "must be start, stop or shutdown"),
        (b'{"command":"stop","deployment":"nobody"}', "no such deployment runs"),
        (b'{"command":"stop","deployment":[]}', "no such deployment runs"),
        (b'{"command":"start"}', "deployment must be a text"),
        (b'{"command":"start","deployment":"x","model_path":"relative"}', "model_path must be an absolute path"),
        (
            b'{"command":"start","deployment":"x","model_path":"/m","secret":"hidden","log_path":"/no/such/log"}',
            "No such",
        ),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_wrong_commands_are_told_and_survived(shared, models, line, reason):
    errors = lambda: [event for event in shared.events if event["event"] == "error"]
    before = len(errors())
    shared.send_line(line)
    wait_until(lambda: len(errors()) > before)
    event = errors()[before]
    assert event["event"] == "error" and reason in event["reason"] and "hidden" not in json.dumps(event)


def test_a_deployment_runs_once(shared, models):
    shared.start("once", models / "classifier")
    shared.begin("once", models / "classifier")
    assert "runs already" in shared.wait_for("error", deployment="once")["reason"]
    shared.stop("once")


@pytest.mark.parametrize(
    "name, reason",
    [
        ("BadLoad", "RuntimeError: the weights are gone"),
        ("BadExample", "its own input example fails: the model failed with ValueError at "),
        ("nothing there", "MlflowException: No such artifact"),
    ],
)
def test_a_model_that_cannot_be_loaded_fails_with_a_sentence(shared, models, name, reason):
    deployment = f"failing {name}"
    shared.begin(deployment, models / name)
    exited = shared.wait_for("exited", deployment=deployment)
    assert exited["code"] == 1 and not exited["expected"]
    events = shared.events_of(deployment)
    assert [event["event"] for event in events] == ["started", "failed", "exited"]
    assert reason in events[1]["reason"] and "\n" not in events[1]["reason"] and "4242" not in events[1]["reason"]
    assert "Traceback" in shared.log_of(deployment) and "4242" not in shared.log_of(deployment)


def test_a_replica_that_dies_while_it_loads(shared, models):
    shared.begin("dying", models / "ExitAtLoad")
    exited = shared.wait_for("exited", deployment="dying")
    assert (exited["code"], exited["reason"]) == (9, "ended by itself with code 9 while it loaded")


def test_a_load_that_takes_too_long_is_ended(shared, models):
    shared.begin("slow", models / "SlowLoad", load_timeout_s=1)
    exited = shared.wait_for("exited", deployment="slow")
    assert exited["signal"] == "SIGKILL"
    assert shared.wait_for("failed", deployment="slow")["reason"] == "the model was not loaded after 1 s"


def test_a_replica_that_ignores_sigterm_is_killed_after_the_grace(shared, models):
    shared.begin("deaf", models / "SlowLoad")
    shared.wait_for("started", deployment="deaf")
    wait_until(lambda: ignores_sigterm(shared.events_of("deaf")[0]["pid"]))
    started = time.monotonic()
    exited = shared.stop("deaf", grace_s=1)
    assert 0.9 < time.monotonic() - started < 2
    assert (exited["signal"], exited["expected"]) == ("SIGKILL", True)
    assert exited["reason"] == "killed: it still ran 1 s after it was told to stop"


def ignores_sigterm(pid):
    with open(f"/proc/{pid}/status") as file:
        ignored = next(line for line in file if line.startswith("SigIgn"))
    return int(ignored.split()[1], 16) & (1 << (signal.SIGTERM - 1))


def test_a_model_that_never_answers_is_killed_after_the_grace(shared, models):
    replica = shared.start("stubborn", models / "Stubborn", grace_s=1)
    assert replica.post([{"id": 1, "do": "x"}], headers={"x-request-timeout-ms": "200"})[0] == 504
    started = time.monotonic()
    assert shared.stop("stubborn")["code"] == 0  # Nobody waits any more: it need not be killed.
    assert time.monotonic() - started < 1
    replica = shared.start("stubborn2", models / "Stubborn", grace_s=1)
    with concurrent.futures.ThreadPoolExecutor() as threads:
        asked = threads.submit(replica.post, [{"id": 1, "do": "x"}])
        time.sleep(0.3)
        exited = shared.stop("stubborn2")
        assert exited["signal"] == "SIGKILL" and exited["expected"]
        assert asked.exception() is not None


def test_a_stopped_replica_answers_what_is_in_flight(shared, models):
    replica = shared.start("draining", models / "Moody")
    with concurrent.futures.ThreadPoolExecutor() as threads:
        asked = threads.submit(replica.predict, [{"id": 1, "do": "sleep1"}])
        time.sleep(0.3)
        exited = shared.stop("draining")
        assert asked.result() == {"1": {"prediction": 1}}
    assert exited["code"] == 0


@pytest.mark.parametrize("do, code, by", [("exit", 3, None), ("segfault", None, "SIGSEGV")])
def test_a_crash_is_told_and_hurts_nobody_else(shared, models, replica, do, code, by):
    crashing = shared.start(f"crash {do}", models / "Moody")
    with pytest.raises((ConnectionError, Exception)):
        crashing.post([{"id": 1, "do": do}])
    exited = shared.wait_for("exited", deployment=f"crash {do}")
    assert (exited["code"], exited["signal"], exited["expected"]) == (code, by, False)
    assert replica("classifier").predict([ROW])


def test_a_killed_replica_is_told(shared, models):
    replica = shared.start("killed", models / "classifier")
    os.kill(replica.pid, signal.SIGKILL)
    exited = shared.wait_for("exited", deployment="killed", timeout=5)
    assert exited["signal"] == "SIGKILL" and not exited["expected"] and not is_alive(replica.pid)


def test_what_a_model_started_ends_with_it(shared, models):
    for what in ("spawn", "spawn daemon"):
        replica = shared.start(what, models / "Moody")
        replica.predict([{"id": 1, "do": what}])
        with open(f"/proc/{replica.pid}/task/{replica.pid}/children") as file:
            spawned = file.read().split()
        for task in os.listdir(f"/proc/{replica.pid}/task"):
            with open(f"/proc/{replica.pid}/task/{task}/children") as file:
                spawned += file.read().split()
        assert len(set(spawned)) == 1
        os.kill(replica.pid, signal.SIGKILL)
        wait_until(lambda pid=spawned[0]: not is_alive(pid))


def test_the_end_of_stdin_ends_everything(own, models):
    server = own()
    pids = [server.start(f"d{n}", models / "classifier").pid for n in range(2)]
    server.begin("slow", models / "SlowLoad")
    pids.append(server.wait_for("started", deployment="slow")["pid"])
    server.process.stdin.close()
    assert server.process.wait(5) == 0
    assert not any(map(is_alive, pids))
    assert not os.listdir(server.scratch)


def test_shutdown_ends_everything(own, models):
    server = own()
    pids = [server.start(f"d{n}", models / "classifier").pid for n in range(2)]
    server.send(command="shutdown")
    assert server.process.wait(5) == 0
    assert not any(map(is_alive, pids))
    assert sum(event["event"] == "exited" for event in server.events) == 2


def test_sigterm_ends_everything_and_sigint_nothing(own, models):
    server = own()
    replica = server.start("d", models / "classifier")
    server.process.send_signal(signal.SIGINT)
    assert replica.predict([ROW])
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(5) == 0
    assert not is_alive(replica.pid)


def test_no_replica_survives_a_killed_fork_server(own, models):
    server = own()
    pids = [server.start(f"d{n}", models / "classifier").pid for n in range(3)]
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(5)
    wait_until(lambda: not any(map(is_running, pids)), timeout=3)


def test_a_fork_server_without_what_it_needs_says_so(tmp_path):
    command = [sys.executable, "-I", FORK_SERVER, "--scratch", tmp_path, "--preload", "json.nothing_there"]
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
    event = json.loads(done.stdout)
    assert done.returncode == 1 and event["event"] == "error"
    assert "cannot serve models: ModuleNotFoundError" in event["reason"]
