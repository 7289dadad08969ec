"""Imports MLflow and scikit-learn once, then forks a replica for each model that the hub wants served.

Run as `python -I fork_server.py --scratch DIR`. Commands come as JSON lines on stdin, events leave as JSON lines on
stdout; `supervisor.py` has both. End of stdin means that the hub is gone: all replicas end.
"""

import argparse
import gc
import importlib
import importlib.util
import json
import os
import platform
import signal
import sys
import time
import types

# Where BLAS and OpenMP look, once, when they are loaded. Replicas share the machine's cores, so one thread each.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")

NEEDED = ("mlflow", "mlflow.pyfunc", "mlflow.pyfunc.model", "uvicorn", "uvicorn.protocols.http.h11_impl", "pandas")
# What a scikit-learn model needs to load. Without it, a model of another flavour still does.
USUAL = (
    "mlflow.sklearn",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "skops.io",
    "encodings.cp437",  # Of zip files, which skops' are.
    "encodings.idna",
)


def main() -> int:
    started = time.monotonic()
    options = parse_options()
    # Events get the real stdout for themselves: what models and libraries print goes to stderr.
    events = os.dup(1)
    os.dup2(2, 1)
    # Ctrl-C in a terminal reaches the whole foreground group; the hub decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prepare_environment(options.threads)
    try:
        preload(options.preload)
    except Exception as error:
        reason = f"the Python environment cannot serve models: {type(error).__name__}: {first_line(error)}"
        write_event(events, {"event": "error", "reason": reason})
        return 1
    ready = {
        "event": "ready",
        "pid": os.getpid(),
        "python": platform.python_version(),
        "mlflow": sys.modules["mlflow"].__version__,
        "imports_s": round(time.monotonic() - started, 3),
    }
    write_event(events, ready)

    from palantir_scorer.supervisor import Supervisor

    return Supervisor(commands=0, events=events, scratch=options.scratch).run()


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", required=True, help="a folder for the replicas' private folders")
    parser.add_argument("--threads", type=int, default=1, help="BLAS and OpenMP threads of a replica (default: 1)")
    parser.add_argument("--preload", action="append", default=[], help="a further module to import before forking")
    options = parser.parse_args()
    options.scratch = os.path.abspath(options.scratch)
    os.makedirs(options.scratch, mode=0o711, exist_ok=True)
    return options


def prepare_environment(threads: int) -> None:
    """What must be set before the imports, since libraries look only once."""
    for name in THREAD_VARIABLES:
        os.environ[name] = str(threads)
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # Its client would start a thread, which forking does not survive.
    os.environ["GIT_PYTHON_REFRESH"] = "quiet"


def preload(further: list[str]) -> None:
    # Without collections meanwhile the imports take less time, and frozen objects are not written to by later ones:
    # their pages stay shared with the replicas.
    gc.disable()
    share_this_folder()
    for name in NEEDED:
        importlib.import_module(name)
    for name in (*USUAL, *further):
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)
    importlib.import_module("palantir_scorer.replica")
    sys.stdout.flush()  # What is still in the buffer would be written by each replica again.
    gc.collect()
    gc.freeze()


def share_this_folder() -> None:
    """Makes the files beside this one modules of `palantir_scorer`: a model may have an `answers.py` of its own."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if path != folder]
    package = types.ModuleType("palantir_scorer")
    package.__path__ = [folder]
    sys.modules["palantir_scorer"] = package


def write_event(events: int, event: dict) -> None:
    os.write(events, json.dumps(event).encode() + b"\n")


def first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0]


if __name__ == "__main__":
    sys.exit(main())
