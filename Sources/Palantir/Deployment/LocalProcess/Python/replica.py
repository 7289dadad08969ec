"""A replica: the forked process that holds one model and answers for it."""

import asyncio
import gc
import json
import os
import resource
import signal
import socket
import sys
import tempfile
import time
import traceback
import typing

import uvicorn

from palantir_scorer import failures, linux
from palantir_scorer.scoring_app import ScoringApp
from palantir_scorer.served_model import ServedModel
from palantir_scorer.start_command import StartCommand

# The exit code that says so (EX_OSERR of sysexits.h).
OUT_OF_MEMORY = 71
# The supervisor's pipe, after all else is closed.
REPORT = 3
# The hub closes idle connections first: one that is closed by us may be just in use.
KEEP_ALIVE_S = 75
# Kept from the fork server's environment, which the hub has made.
KEPT_VARIABLES = ("PATH", "TZ", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def run_replica(
    command: StartCommand, report: int, log: int, home: str, parent: int, signals: set[signal.Signals]
) -> typing.NoReturn:
    """Never returns: the fork server's own frames must not go on in this process, nor its files be closed."""
    code = 1
    try:
        started = time.monotonic()
        loaded = load(command, report, log, home, parent, signals)
        if loaded:
            code = serve(command, *loaded, started)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def load(
    command: StartCommand, report: int, log: int, home: str, parent: int, signals: set[signal.Signals]
) -> tuple[ServedModel, str] | None:
    """The model, and whether its example is answered. None if there is none: that is reported."""
    try:
        confine(command, report, log, home, parent, signals)
        model = ServedModel.load(command.model_path)
        failures.hide_messages()  # From its example on.
        return model, model.answer_example(command.model_path)
    except BaseException as error:
        traceback.print_exc()
        tell({"event": "failed", "reason": failures.sentence_of_load(error)})
        return None


# Confinement


def confine(command: StartCommand, report: int, log: int, home: str, parent: int, signals: set[signal.Signals]) -> None:
    """Leaves everything behind that is the fork server's. What needs root comes before root is given up."""
    os.setsid()  # A group of its own: what the model starts ends with it.
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    keep_files(report, log)
    write_if_allowed("/proc/self/oom_score_adj", "500")  # Rather a replica than the hub.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    if command.user:
        uid, gid = command.user
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        if not os.access(os.__file__, os.R_OK):
            raise PermissionError(f"the user {uid} may not read the Python that is to serve it, {sys.prefix}")
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    # After the change of user, which would clear it.
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # It died in between.
    signal.pthread_sigmask(signal.SIG_SETMASK, signals)
    rebuild_environment(home)
    if command.memory_limit_bytes is not None:
        # RLIMIT_DATA and not RLIMIT_AS: libraries' code and reserved, unused addresses do not count. What was inherited
        # does, so the limit is for what is added.
        limit = linux.data_bytes() + command.memory_limit_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    gc.enable()


def keep_files(report: int, log: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if report != REPORT:
        os.dup2(report, REPORT)
    os.set_inheritable(REPORT, False)
    os.closerange(REPORT + 1, os.sysconf("SC_OPEN_MAX"))
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    sys.stderr.reconfigure(line_buffering=True, errors="backslashreplace")


def rebuild_environment(home: str) -> None:
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    os.environ.clear()
    os.environ.update(
        kept,
        HOME=home,
        TMPDIR=home,
        LANG="C.UTF-8",
        MLFLOW_DISABLE_TELEMETRY="true",
        MLFLOW_TRACKING_URI=f"file://{home}/mlruns",  # Not a server's: a replica has no business there.
        GIT_PYTHON_REFRESH="quiet",
    )
    time.tzset()
    tempfile.tempdir = None
    os.chdir(home)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()  # Else all replicas would draw the same numbers.


def write_if_allowed(path: str, text: str) -> None:
    try:
        with open(path, "w") as file:
            file.write(text)
    except OSError:
        pass


# Serving


def serve(command: StartCommand, model: ServedModel, example: str, started: float) -> int:
    """Listens, says so, and answers until SIGTERM; returns the exit code."""
    gc.freeze()
    listener = socket.create_server(("127.0.0.1", 0))
    # For the accepted connections, where asyncio does not set it: else an answer's body comes 40 ms after its head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def listening() -> None:
        tell(
            {
                "event": "listening",
                "port": listener.getsockname()[1],
                "private_mb": round(linux.private_bytes() / 1e6, 1),
                "load_s": round(time.monotonic() - started, 3),
                "example": example,
            }
        )
        os.close(REPORT)

    # While it loads, SIGTERM just ends the replica. Uvicorn takes over meanwhile, and calls this again when it is done.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    app = ScoringApp(model, command.secret)
    server = Server(config(app), listening)
    if command.memory_limit_bytes is not None:
        little = min(command.memory_limit_bytes // 20, 16 << 20)
        # A call that ran out of memory fails alone; but where the model has kept most of what it found free, all others would
        # fail like it.
        half = free_bytes() // 2
        app.queue.after_each_call = lambda ran_out: server.end_if_less_is_free(half if ran_out else little)
    server.run(sockets=[listener])
    return server.exit_code


def config(app: ScoringApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        interface="asgi3",
        timeout_keep_alive=KEEP_ALIVE_S,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
    )


class Server(uvicorn.Server):
    """Says when the port accepts, and may end itself."""

    exit_code = 0

    def __init__(self, config: uvicorn.Config, listening: typing.Callable[[], None]) -> None:
        super().__init__(config)
        self.listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        asyncio.get_running_loop().set_exception_handler(self.note_failure_of_loop)
        self.listening()

    def end_if_less_is_free(self, enough: int) -> None:
        """Ends in time: at the limit itself, not even a request could be read."""
        if free_bytes() < enough:
            gc.collect()
            linux.give_back_free_memory()
            if free_bytes() < enough:
                self.exit_code = OUT_OF_MEMORY
                self.should_exit = True

    def note_failure_of_loop(self, loop: asyncio.AbstractEventLoop, context: dict) -> None:
        error = context.get("exception")
        if isinstance(error, MemoryError):
            os._exit(OUT_OF_MEMORY)
        if error is not None:
            failures.log(error)


def free_bytes() -> int:
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    return limit - linux.data_bytes()


def tell(event: dict) -> None:
    os.write(REPORT, json.dumps(event).encode() + b"\n")
