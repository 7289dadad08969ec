"""How failures are told: never with a message of the model's or a library's, since those quote feature values."""

import logging
import os
import sys
import time
import traceback
import warnings

# The same failure is logged at most once in this time, so that a broken model does not fill the disk.
QUIET_S = 10.0
_last_logged: dict[tuple, float] = {}


class PredictionError(Exception):
    """Why there is no prediction: an HTTP status and a sentence without feature values."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class ExampleError(Exception):
    """The model does not answer its own input example."""


def sentence_of_load(error: BaseException) -> str:
    """For the hub: nobody's features are near when a model is loaded, so the message may be told."""
    if isinstance(error, ExampleError):
        return str(error)
    message = (str(error).splitlines() or [""])[0][:500]
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def of_prediction(error: BaseException) -> PredictionError:
    where = "".join(f" at {frame}" for frame in frames_of(error)[-1:])
    return PredictionError(500, f"the model failed with {type(error).__name__}{where}")


def log(error: BaseException) -> None:
    """The types and the way that led there, neither messages nor variables."""
    lines = []
    cause: BaseException | None = error
    while cause is not None and len(lines) < 5:
        lines.append(f"{type(cause).__name__} at {' > '.join(frames_of(cause)) or 'an unknown place'}")
        cause = cause.__cause__ or cause.__context__
    once_in_a_while(("failure", *lines), f"prediction failed: {' | caused by '.join(lines)}")


def log_once(sentence: str) -> None:
    if ("once", sentence) not in _last_logged:
        once_in_a_while(("once", sentence), sentence)


def hide_messages() -> None:
    """From here on requests are answered: warnings and MLflow's own log would quote what is in them."""
    logging.getLogger("mlflow").setLevel(logging.CRITICAL)
    logging.captureWarnings(False)
    warnings.showwarning = lambda message, category, filename, lineno, file=None, line=None: once_in_a_while(
        ("warning", category.__name__, filename, lineno),
        f"{category.__name__} at {os.path.basename(filename)}:{lineno}",
    )


def frames_of(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    return [f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def functions_of(error: BaseException) -> list[str]:
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def once_in_a_while(key: tuple, text: str) -> None:
    now = time.monotonic()
    if now - _last_logged.get(key, -QUIET_S) >= QUIET_S:
        _last_logged[key] = now
        print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), text, file=sys.stderr, flush=True)
