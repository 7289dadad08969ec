"""A hub's process: started, signalled, and what it holds."""

import asyncio
import json
import os
import re
import signal
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from processes import free_port, signal_group

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(os.environ.get("PALANTIR_BIN") or ROOT / ".build/debug/palantir").resolve()


@dataclass(frozen=True)
class Held:
    """What a process holds of the machine."""
    descriptors: int
    threads: int
    memory_mb: float

    def __str__(self):
        return f"{self.descriptors} descriptors, {self.threads} threads, {self.memory_mb:.0f} MB"


class HubDown(Exception):
    """The hub did not come up; says why."""


class Hub:
    def __init__(self, processes, name, prefix=(), arguments=(), **environment):
        self.processes, self.name, self.prefix, self.arguments = processes, name, prefix, arguments
        self.port = free_port()
        self.data = Path(environment.pop("PALANTIR_DATA", processes.folder / f"{name}-data"))
        self.environment = {"PALANTIR_DATA": str(self.data), "PALANTIR_PORT": str(self.port)} | environment

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def launch(self):
        self.process = self.processes.start(self.name, [*self.prefix, PROGRAM, "serve", *self.arguments], **self.environment)

    async def start(self, ready="/readyz"):
        self.launch()
        await asyncio.to_thread(self.wait_until, ready)

    def wait_until(self, ready):
        try:
            self.processes.wait_for_url(self.name, self.process, self.url + ready)
        except SystemExit as error:
            # A hub that does not come up is a broken promise, and not the end of the suite.
            raise HubDown(str(error)) from None

    @property
    def is_alive(self):
        return self.process.poll() is None

    def signal(self, number):
        signal_group(self.process, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.processes.running.remove(self.process)

    async def end(self):
        if self.process in self.processes.running:
            await asyncio.to_thread(self.processes.end, self.process)

    @property
    def log(self):
        return self.processes.log(self.name).read_text(errors="replace")

    def held(self):
        if not self.is_alive:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}: {self.log[-2000:]}")
        status = Path(f"/proc/{self.process.pid}/status").read_text()

        def number(name):
            return int(re.search(rf"{name}:\s+(\d+)", status).group(1))
        return Held(len(os.listdir(f"/proc/{self.process.pid}/fd")), number("Threads"), number("VmRSS") / 1024)

    async def get(self, path):
        """Status and body."""
        return await asyncio.to_thread(fetch, self.url + path)

    async def post(self, message, **headers):
        """Status and body of a prediction."""
        return await asyncio.to_thread(fetch, self.url + "/predict", json.dumps(message).encode(), headers)

    async def metric(self, line_start):
        _, text = await self.get("/metrics")
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(line_start))


def fetch(url, body=None, headers=None):
    request = urllib.request.Request(url, body, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


async def until(is_so, seconds, every=0.05):
    """Waits until `await is_so()`; whether it came to be in time."""
    end = time.monotonic() + seconds
    while not (result := await is_so()) and time.monotonic() < end:
        await asyncio.sleep(every)
    return bool(result)
