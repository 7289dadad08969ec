"""The two HTTP clients that such a hub is written with. Both keep their connections."""

from contextlib import asynccontextmanager

import aiohttp
import httpx

JSON = {"content-type": "application/json"}
TIMEOUT = 10


class HTTPX:
    """What most take. Its pool looks at all connections for each request: with 128 it was several times slower."""

    @classmethod
    @asynccontextmanager
    async def open(cls):
        async with httpx.AsyncClient(
                limits=httpx.Limits(max_connections=16, max_keepalive_connections=16), timeout=TIMEOUT) as session:
            client = cls()
            client.session = session
            yield client

    async def get(self, url, params):
        answer = await self.session.get(url, params=params)
        return answer.status_code, answer.content

    async def post(self, url, body):
        answer = await self.session.post(url, content=body, headers=JSON)
        return answer.status_code, answer.content


class Aiohttp:
    """What those take who have measured."""

    @classmethod
    @asynccontextmanager
    async def open(cls):
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT)) as session:
            client = cls()
            client.session = session
            yield client

    async def get(self, url, params):
        async with self.session.get(url, params=params) as answer:
            return answer.status, await answer.read()

    async def post(self, url, body):
        async with self.session.post(url, data=body, headers=JSON) as answer:
            return answer.status, await answer.read()


CLIENTS = {"httpx": HTTPX, "aiohttp": Aiohttp}
