"""Obeys the hub's commands, and watches the replicas from fork to exit. One thread: forking allows no second."""

import json
import os
import selectors
import shutil
import signal
import tempfile
import time

from palantir_scorer import linux
from palantir_scorer.child import Child, exit_of, kill_group
from palantir_scorer.replica import run_replica
from palantir_scorer.start_command import StartCommand

LONGEST_COMMAND = 1 << 20
# How often a parent's death is looked for. Usually stdin has ended long before.
PARENT_CHECK_S = 2.0
# Once the hub is gone nobody waits for answers.
GRACE_WITHOUT_HUB_S = 1.0
# What a replica reports, once, and with which fields.
REPORTS = {"listening": ("port", "private_mb", "load_s", "example"), "failed": ("reason",)}


class Supervisor:
    def __init__(self, commands: int, events: int, scratch: str) -> None:
        self.commands = commands
        self.events = events
        self.scratch = scratch
        self.parent = os.getppid()
        self.children: dict[str, Child] = {}
        self.unread = b""
        self.ending = False
        self.terminated = False
        self.selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Until shutdown; returns the exit code."""
        # Whatever a replica leaves behind becomes our child, and is ended with it.
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        woken, wake = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self.note_termination)
        self.selector.register(woken, selectors.EVENT_READ, lambda: os.read(woken, 4096))
        self.selector.register(self.commands, selectors.EVENT_READ, self.read_commands)
        try:
            while self.children or not self.ending:
                for key, _ in self.selector.select(self.seconds_to_next_deadline()):
                    key.data()
                self.reap()
                self.kill_overdue()
                if self.terminated and not self.ending:
                    self.shut_down()
                elif os.getppid() != self.parent and not self.ending:
                    self.shut_down(GRACE_WITHOUT_HUB_S)
        except BrokenPipeError:
            pass  # The hub is gone. Our exit ends the replicas, by PR_SET_PDEATHSIG.
        return 0

    def note_termination(self, *_: object) -> None:
        self.terminated = True  # Nothing more: a handler runs between any two steps of ours.

    # Commands

    def read_commands(self) -> None:
        read = os.read(self.commands, 65536)
        if not read:
            self.selector.unregister(self.commands)
            self.shut_down(GRACE_WITHOUT_HUB_S)
            return
        *lines, self.unread = (self.unread + read).split(b"\n")
        if len(self.unread) > LONGEST_COMMAND:
            self.unread = b""
            self.emit("error", reason="a command is longer than 1 MiB")
        for line in lines:
            self.obey(line)

    def obey(self, line: bytes) -> None:
        deployment = None
        try:
            command = json.loads(line)
            if not isinstance(command, dict):
                raise ValueError("a command is a JSON object")
            deployment = command.get("deployment")
            match command.get("command"):
                case "start":
                    self.start(StartCommand.parse(command))
                case "stop":
                    self.stop(self.child_of(deployment), command.get("grace_s"))
                case "shutdown":
                    self.shut_down(command.get("grace_s"))
                case _:
                    raise ValueError("the command must be start, stop or shutdown")
        except json.JSONDecodeError as error:
            # Without the line itself, which may hold a secret.
            self.emit("error", deployment=None, reason=f"a command is not JSON: {error.msg}")
        except (ValueError, OSError, RecursionError) as error:
            self.emit("error", deployment=deployment, reason=str(error))

    def child_of(self, deployment: object) -> Child:
        child = self.children.get(deployment) if isinstance(deployment, str) else None
        if child is None:
            raise ValueError("no such deployment runs")
        return child

    def start(self, command: StartCommand) -> None:
        if self.ending:
            raise ValueError("the fork server is shutting down")
        if command.deployment in self.children:
            raise ValueError("the deployment runs already")
        home = tempfile.mkdtemp(prefix="replica-", dir=self.scratch)
        try:
            pid, reports = self.fork(command, home)
        except OSError:
            shutil.rmtree(home, ignore_errors=True)
            raise
        child = Child(
            deployment=command.deployment,
            pid=pid,
            reports=reports,
            home=home,
            grace_s=command.grace_s,
            load_timeout_s=command.load_timeout_s,
            kill_at=time.monotonic() + command.load_timeout_s,
        )
        self.children[child.deployment] = child
        self.selector.register(reports, selectors.EVENT_READ, lambda: self.read_reports(child))
        self.emit("started", deployment=child.deployment, pid=pid)

    def fork(self, command: StartCommand, home: str) -> tuple[int, int]:
        """The replica's pid and the pipe with its reports."""
        if command.user:
            os.chown(home, *command.user)
        log = os.open(command.log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        reports, report = os.pipe()
        # A signal between fork and the replica's own handlers would run ours, and wake this process.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        parent = os.getpid()
        try:
            pid = os.fork()
            if pid == 0:
                run_replica(command, report=report, log=log, home=home, parent=parent, signals=before)
        except OSError:
            os.close(reports)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(report)
            os.close(log)
        os.set_blocking(reports, False)
        return pid, reports

    def stop(self, child: Child, grace_s: object = None) -> None:
        if isinstance(grace_s, (int, float)) and not isinstance(grace_s, bool) and grace_s >= 0:
            child.grace_s = grace_s
        kill_at = time.monotonic() + child.grace_s
        if child.state == "stopping" and child.kill_at is not None:
            kill_at = min(kill_at, child.kill_at)
        child.state, child.kill_at = "stopping", kill_at
        os.kill(child.pid, signal.SIGTERM)

    def shut_down(self, grace_s: object = None) -> None:
        self.ending = True
        for child in self.children.values():
            self.stop(child, grace_s)

    # Replicas

    def read_reports(self, child: Child) -> None:
        """What the replica has to say; it closes the pipe once it listens or has failed."""
        try:
            read = os.read(child.reports, 65536)
        except BlockingIOError:
            return
        if not read:
            self.close_reports(child)
            return
        *lines, child.unread = (child.unread + read).split(b"\n")
        for line in lines:
            self.hear(child, line)

    def hear(self, child: Child, line: bytes) -> None:
        """Only what a replica may say: the model's code could write to the pipe as well."""
        try:
            report = json.loads(line)
            event = report["event"]
            fields = {name: report[name] for name in REPORTS[event]}
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if child.state == "loading":
            child.state, child.kill_at = event, None
            if event == "failed":
                child.kill_at = time.monotonic() + child.grace_s
            self.emit(event, deployment=child.deployment, pid=child.pid, **fields)

    def close_reports(self, child: Child) -> None:
        if child.reports >= 0:
            self.selector.unregister(child.reports)
            os.close(child.reports)
            child.reports = -1

    def kill_overdue(self) -> None:
        now = time.monotonic()
        for child in self.children.values():
            if child.kill_at is None or now < child.kill_at:
                continue
            if child.state == "loading":
                child.state = "overdue"
                self.emit(
                    "failed",
                    deployment=child.deployment,
                    pid=child.pid,
                    reason=f"the model was not loaded after {child.load_timeout_s:g} s",
                )
            child.kill_at = None
            kill_group(child.pid)

    def reap(self) -> None:
        """Collects whoever has ended: replicas, and what they left behind."""
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            child = next((child for child in self.children.values() if child.pid == ended.si_pid), None)
            if child:
                kill_group(child.pid)  # Before the pid is given back, and may be another's.
            os.waitpid(ended.si_pid, 0)
            if child:
                self.forget(child, ended)

    def forget(self, child: Child, ended: os.waitid_result) -> None:
        if child.reports >= 0:
            self.read_reports(child)
            self.close_reports(child)
        del self.children[child.deployment]
        self.end_orphans()
        shutil.rmtree(child.home, ignore_errors=True)
        self.emit("exited", deployment=child.deployment, pid=child.pid, **exit_of(child, ended))

    def end_orphans(self) -> None:
        """Ends what an ended replica left outside its group; what is in a living replica's session is its own."""
        living = {child.pid for child in self.children.values()}
        for pid in set(linux.child_pids()) - living:
            try:
                if os.getsid(pid) not in living:
                    os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass

    def seconds_to_next_deadline(self) -> float:
        soonest = min((child.kill_at for child in self.children.values() if child.kill_at is not None), default=None)
        if soonest is None:
            return PARENT_CHECK_S
        return min(PARENT_CHECK_S, max(0.0, soonest - time.monotonic()))

    def emit(self, event: str, **fields: object) -> None:
        line = json.dumps({"event": event, **fields}).encode() + b"\n"
        while line:
            line = line[os.write(self.events, line) :]
