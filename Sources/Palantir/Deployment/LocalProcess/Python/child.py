"""A replica as its parent sees it, and how it ended."""

import dataclasses
import os
import signal

from palantir_scorer.replica import OUT_OF_MEMORY


@dataclasses.dataclass
class Child:
    """A replica as its parent sees it. Without the secret, which later forks would inherit."""

    deployment: str
    pid: int
    reports: int
    home: str
    grace_s: float
    load_timeout_s: float
    kill_at: float | None
    unread: bytes = b""
    state: str = "loading"  # loading → listening → stopping, or → failed, overdue


def kill_group(pid: int) -> None:
    """Ends a replica and its own children. It may not lead its group yet, or be gone."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def exit_of(child: Child, ended: os.waitid_result) -> dict[str, object]:
    """The fields of the event `exited`."""
    by_signal = None if ended.si_code == os.CLD_EXITED else signal_name(ended.si_status)
    code = ended.si_status if by_signal is None else None
    return {
        "code": code,
        "signal": by_signal,
        "expected": child.state == "stopping",
        "reason": reason_of_exit(child, code, by_signal),
    }


def reason_of_exit(child: Child, code: int | None, by_signal: str | None) -> str:
    if child.state == "failed":
        return "the model could not be loaded"
    if child.state == "overdue":
        return f"killed: the model was not loaded after {child.load_timeout_s:g} s"
    if child.state == "stopping":
        if child.kill_at is None:
            return f"killed: it still ran {child.grace_s:g} s after it was told to stop"
        return "stopped"
    when = " while it loaded" if child.state == "loading" else ""
    if code == OUT_OF_MEMORY:
        return f"its memory was used up{when}"
    if by_signal == "SIGKILL":
        return f"killed from outside{when}, perhaps because the machine's memory was used up"
    return f"ended by {by_signal}{when}" if by_signal else f"ended by itself with code {code}{when}"


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"  # A real-time signal.
