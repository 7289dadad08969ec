"""The stub model: an HTTP server whose answers are a function of the rows, and that goes wrong when it is told to.

    stub_model.py <address> <port> <control port>

Calls go to `/predict/<model>`. A line of JSON to the control port sets the mode (`{"mode":"status","status":503}`); the
answer tells what was seen since the last line."""

import asyncio
import json
import socket
import struct
import sys

import httptools

from stub_modes import MODES


class Stub:
    def __init__(self, host, port):
        self.host, self.port = host, port
        self.connections = set()
        self.listener = None
        self.settings = {"mode": "good"}
        self.forget()

    def forget(self):
        self.calls, self.rows, self.timeouts = 0, 0, []

    async def listen(self):
        if self.listener is None:
            # What waits for a connection while the stub does not accept is part of some faults.
            self.listener = await asyncio.get_running_loop().create_server(
                lambda: Connection(self), self.host, self.port, backlog=1024, reuse_address=True)

    async def control(self, reader, writer):
        while line := await reader.readline():
            seen = {"calls": self.calls, "rows": self.rows, "connections": len(self.connections),
                    "timeouts": self.timeouts}
            self.forget()
            if settings := json.loads(line):
                await self.change(settings)
            writer.write(json.dumps(seen).encode() + b"\n")
        writer.close()

    async def change(self, settings):
        # Calls that wait by the mode before are not answered by the new one: their connections end.
        for connection in list(self.connections):
            if connection.is_waiting:
                connection.reset()
            elif settings.get("close"):
                connection.close()
        self.settings = settings
        if settings["mode"] == "refuse":
            self.listener.close()
            self.listener = None
            for connection in list(self.connections):
                connection.reset()
        else:
            await self.listen()


class Connection(asyncio.Protocol):
    # As uvicorn does.
    KEEP_ALIVE = 5

    def __init__(self, stub):
        self.stub = stub
        self.parser = httptools.HttpRequestParser(self)
        self.body, self.path, self.timeout, self.idle = [], b"", None, None
        # Whether a call came that was not answered.
        self.is_waiting = False

    def connection_made(self, transport):
        self.transport = transport
        self.stub.connections.add(self)

    def connection_lost(self, error):
        self.stub.connections.discard(self)
        if self.idle:
            self.idle.cancel()

    def data_received(self, data):
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def on_message_begin(self):
        self.body, self.path, self.timeout = [], b"", None
        if self.idle:
            self.idle.cancel()

    def on_url(self, url):
        self.path += url

    def on_header(self, name, value):
        if name.lower() == b"x-request-timeout-ms":
            self.timeout = float(value)

    def on_body(self, part):
        self.body.append(part)

    def on_message_complete(self):
        settings, rows = self.stub.settings, json.loads(b"".join(self.body))["values"]
        self.stub.calls += 1
        self.stub.rows += len(rows)
        self.stub.timeouts.append(self.timeout)
        self.is_waiting = True
        MODES[settings["mode"]](self, self.path.decode().rpartition("/")[2], rows, settings)

    # What a mode answers with.

    def head(self, status, body, kind=b"application/json", location=None, encoding=None):
        more = (f"location: {location}\r\n" if location else "") + (
            f"content-encoding: {encoding}\r\n" if encoding else "")
        return b"HTTP/1.1 %d OK\r\ncontent-type: %s\r\n%scontent-length: %d\r\n\r\n" % (
            status, kind, more.encode(), len(body))

    def respond(self, status, body, **more):
        self.write(self.head(status, body, **more) + body)
        self.is_waiting = False
        self.idle = asyncio.get_running_loop().call_later(self.KEEP_ALIVE, self.close)

    def write(self, data):
        if not self.transport.is_closing():
            self.transport.write(data)

    def buffered(self):
        return self.transport.get_write_buffer_size()

    def later(self, seconds, work):
        if not self.transport.is_closing():
            asyncio.get_running_loop().call_later(seconds, work)

    def close(self):
        self.transport.close()

    def reset(self):
        # With a linger of zero the kernel sends RST.
        self.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


async def main(host, port, control_port):
    stub = Stub(host, port)
    await stub.listen()
    await asyncio.start_server(stub.control, "127.0.0.1", control_port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
