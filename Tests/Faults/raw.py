"""Connections to the hub by hand, where each byte matters."""

import asyncio
import json
import socket
import struct


class Raw:
    @classmethod
    async def open(cls, port, receive_buffer=0):
        raw = cls()
        link = socket.socket()
        if receive_buffer:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        link.setblocking(False)
        await asyncio.get_running_loop().sock_connect(link, ("127.0.0.1", port))
        # Whoever does not read is not to have it read for him: no stream takes bytes ahead.
        raw.link = link
        return raw

    async def send(self, data):
        await asyncio.get_running_loop().sock_sendall(self.link, data)

    async def read(self, seconds=3):
        """All that comes until the hub closes or is still for so long; and whether it closed."""
        text = b""
        try:
            while True:
                part = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.link, 65536), seconds)
                if not part:
                    return text, True
                text += part
        except ConnectionError:
            return text, True
        except TimeoutError:
            return text, False

    def shut(self):
        self.link.shutdown(socket.SHUT_WR)

    def close(self):
        self.link.close()

    def reset(self):
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.link.close()


def request(message, *headers):
    body = json.dumps(message).encode()
    return head(f"content-length: {len(body)}", *headers) + body


def head(*headers):
    lines = ["POST /predict HTTP/1.1", "host: 127.0.0.1", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def exchange(port, data, seconds=3):
    raw = await Raw.open(port)
    try:
        await raw.send(data)
        return await raw.read(seconds)
    except ConnectionError:
        return b"", True
    finally:
        raw.close()


def answers(text):
    """Status and body of each answer; bodies have lengths."""
    found = []
    while text:
        head, _, rest = text.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
        found.append((int(lines[0].split()[1]), rest[:length].decode()))
        text = rest[length:]
    return found
