"""A stub model's process, and how to tell it what to do."""

import asyncio
import json
import signal
import sys
from pathlib import Path

from processes import free_port, signal_group


class Model:
    PROGRAM = Path(__file__).resolve().parent / "stub_model.py"

    def __init__(self, processes, name, prefix=(), host="127.0.0.1"):
        self.processes, self.name, self.prefix, self.host = processes, name, prefix, host
        self.port, self.control_port = free_port(), free_port()

    def start(self):
        self.process = self.processes.start(
            self.name, [*self.prefix, sys.executable, self.PROGRAM, self.host, self.port, self.control_port])
        if not self.prefix:
            self.processes.wait_for_port(self.name, self.process, self.control_port)

    async def tell(self, **settings):
        """Sets the mode, or none; answers what was seen since it was last told something."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.control_port, limit=1 << 26)
        writer.write(json.dumps(settings).encode() + b"\n")
        seen = json.loads(await reader.readline())
        writer.close()
        return seen

    def uri(self, model, port=None):
        return f"http://{self.host}:{port or self.port}/predict/{model}"

    def kill(self):
        signal_group(self.process, signal.SIGKILL)
        self.process.wait()
        self.processes.running.remove(self.process)

    async def start_again(self):
        await asyncio.to_thread(self.start)
