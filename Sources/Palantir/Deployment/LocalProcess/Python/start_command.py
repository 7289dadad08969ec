"""The hub's command to start a replica, parsed once."""

import dataclasses
import os


@dataclasses.dataclass(frozen=True)
class StartCommand:
    deployment: str
    model_path: str
    secret: str
    log_path: str
    memory_limit_bytes: int | None
    user: tuple[int, int] | None
    grace_s: float
    load_timeout_s: float

    @classmethod
    def parse(cls, command: dict) -> "StartCommand":
        """ValueError with a sentence that names the field, never its value."""
        user = command.get("user")
        if user is not None:
            if not isinstance(user, dict):
                raise ValueError("user must be an object with uid and gid")
            user = (integer(user, "uid"), integer(user, "gid"))
        limit = command.get("memory_limit_bytes")
        return cls(
            deployment=text(command, "deployment"),
            model_path=path(command, "model_path"),
            secret=text(command, "secret"),
            log_path=path(command, "log_path"),
            memory_limit_bytes=None if limit is None else integer(command, "memory_limit_bytes"),
            user=user,
            grace_s=seconds(command, "grace_s", 5),
            load_timeout_s=seconds(command, "load_timeout_s", 120),
        )


def text(command: dict, name: str) -> str:
    value = command.get(name)
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError(f"{name} must be a text")
    return value


def path(command: dict, name: str) -> str:
    value = text(command, name)
    if not os.path.isabs(value):
        raise ValueError(f"{name} must be an absolute path")
    return value


def integer(command: dict, name: str) -> int:
    value = command.get(name)
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} must be an integer from 0")
    return value


def seconds(command: dict, name: str, default: float) -> float:
    value = command.get(name, default)
    if type(value) not in (int, float) or not 0 <= value < 1e9:
        raise ValueError(f"{name} must be a number of seconds")
    return value
