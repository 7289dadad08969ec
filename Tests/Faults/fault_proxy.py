"""A TCP proxy that harms what passes it: latency, bandwidth, slices, a limit, a slow close, a hang, resets, or answers
of its own in the server's stead."""

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Toxics:
    """What is done to connections; as it is made, nothing. Open connections take a change too."""
    # Before each piece, both ways.
    latency: float = 0
    # Of the server's answers.
    bytes_per_second: int = 0
    # The server's answers come in pieces of this many bytes, each in a packet of its own.
    slice_bytes: int = 0
    # A connection is cut once this many bytes came from the server.
    limit_bytes: int = 0
    # The server's end of a connection reaches the client so much later.
    slow_close: float = 0
    # Nothing passes; connections are still taken.
    hang: bool = False
    # Whatever the client sends is answered by a reset.
    reset: bool = False
    # Whatever the client sends is answered by this, or by what this function makes of it.
    answer: bytes | Callable = b""


class FaultProxy:
    """`async with FaultProxy(port) as proxy`, which listens on `proxy.port`."""

    def __init__(self, target, host="127.0.0.1"):
        self.target = (host, target)
        self.toxics = Toxics()
        self.tasks = set()
        self.writers = set()
        self.port = 0
        # Connections from clients so far.
        self.connections = 0
        # The first lines of what the proxy answered in the server's stead.
        self.answered = []

    async def __aenter__(self):
        await self.open()
        return self

    async def __aexit__(self, *_):
        self.close()

    async def open(self):
        self.listener = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        self.port = self.listener.sockets[0].getsockname()[1]

    def close(self):
        """Refuses from now on, and ends what is open."""
        self.listener.close()
        self.reset_all()

    def reset_all(self):
        for writer in list(self.writers):
            reset(writer)

    async def serve(self, reader, writer):
        self.connections += 1
        self.writers.add(writer)
        upstream = None
        try:
            from_server, upstream = await asyncio.open_connection(*self.target)
            self.writers.add(upstream)
            await asyncio.gather(self.to_server(reader, upstream, writer), self.to_client(from_server, writer))
        except OSError:
            pass
        finally:
            for each in filter(None, (writer, upstream)):
                self.writers.discard(each)
                each.close()

    async def to_server(self, reader, upstream, client):
        while data := await reader.read(65536):
            await self.not_hanging()
            toxics = self.toxics
            await asyncio.sleep(toxics.latency)
            if toxics.reset:
                return reset(client)
            if toxics.answer:
                self.answered.append(data.partition(b"\r\n")[0])
                client.write(toxics.answer(data) if callable(toxics.answer) else toxics.answer)
            else:
                upstream.write(data)
                await upstream.drain()
        if upstream.can_write_eof():
            upstream.write_eof()

    async def to_client(self, reader, client):
        passed = 0
        while data := await reader.read(65536):
            await self.not_hanging()
            await asyncio.sleep(self.toxics.latency)
            for piece in self.pieces(data):
                toxics = self.toxics
                if toxics.bytes_per_second:
                    await asyncio.sleep(len(piece) / toxics.bytes_per_second)
                elif toxics.slice_bytes:
                    await asyncio.sleep(0)
                passed += len(piece)
                client.write(piece)
                await client.drain()
                if toxics.limit_bytes and passed > toxics.limit_bytes:
                    return reset(client)
        await asyncio.sleep(self.toxics.slow_close)
        client.close()

    def pieces(self, data):
        size = self.toxics.slice_bytes or (max(self.toxics.bytes_per_second // 20, 1)
                                           if self.toxics.bytes_per_second else len(data))
        return [data[start:start + size] for start in range(0, len(data), size)]

    async def not_hanging(self):
        while self.toxics.hang:
            await asyncio.sleep(0.02)


def reset(writer):
    try:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
    writer.transport.abort()
