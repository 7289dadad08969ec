"""The processes of a run: started in a folder of their own, paused, watched, and all ended at its end."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def rss_mb(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


class Processes:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.running = []

    def log(self, name):
        return self.folder / f"{name}.log"

    def start(self, name, command, **environment):
        # What the caller's shell says to a hub or an MLflow is not meant for these.
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith(("PALANTIR_", "MLFLOW_", "MYSQL_", "FEATURE_STORE_"))}
        with open(self.log(name), "w") as log:
            # A session of its own: Ctrl-C reaches the benchmark alone, and a signal to the group reaches its workers.
            process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=kept | environment, cwd=self.folder, start_new_session=True)
        self.running.append(process)
        return process

    def end(self, *processes):
        """Ends them and their workers, and waits for it: politely for ten seconds."""
        for process in processes:
            for number in (signal.SIGCONT, signal.SIGTERM):  # A paused process would not see the second.
                signal_group(process, number)
        patience = time.monotonic() + 10
        for process in processes:
            try:
                process.wait(max(patience - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                pass
            # Also where it ended: a worker may have outlived it.
            signal_group(process, signal.SIGKILL)
            process.wait()
            self.running.remove(process)

    def end_all(self):
        self.end(*reversed(self.running))

    def pause(self, process):
        signal_group(process, signal.SIGSTOP)

    def resume(self, process):
        signal_group(process, signal.SIGCONT)

    def wait_for(self, name, process, is_up, seconds=90):
        """Waits until `is_up()`, which may fail by OSError, is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and process.poll() is None:
            try:
                if is_up():
                    return
            except OSError:
                pass
            time.sleep(0.05)
        log = self.log(name).read_text(errors="replace")[-2000:]
        raise SystemExit(f"{name} did not come up. Its log ends with:\n{log}")

    def wait_for_url(self, name, process, url):
        self.wait_for(name, process, lambda: urllib.request.urlopen(url, timeout=2).status == 200)

    def wait_for_port(self, name, process, port):
        def is_open():
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
            return True
        self.wait_for(name, process, is_open)

    def wait_for_lines(self, name, process, text, count):
        self.wait_for(name, process, lambda: self.log(name).read_text(errors="replace").count(text) >= count)


@contextlib.contextmanager
def started(servers):
    """The servers from their start to the end of their `processes`, also by SIGTERM, as for pytest's fixtures."""
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    try:
        try:
            servers.start()
        except SystemExit as error:
            # One did not come up; as an exit, pytest would try it again for each test.
            raise RuntimeError(str(error)) from None
        yield servers
    finally:
        servers.processes.end_all()


def signal_group(process, number):
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


class MemoryWatch:
    """The highest RSS of a process while the `with` block runs: after a load some of it is given back."""

    def __init__(self, process):
        self.process = process
        self.highest_mb = rss_mb(process)
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.is_over.wait(0.05):
            self.highest_mb = max(self.highest_mb, rss_mb(self.process))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()
