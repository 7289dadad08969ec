"""A steady load over kept-alive connections, with an account of what became of every single request."""

import asyncio
import itertools
import json
import random
import time

from connection import Connection
from counts import Counts, Outcome
from entities import ENTITIES, row, score


class Traffic:
    """`async with Traffic(port, "model", rate=200) as traffic`: requests are due at fixed times, whether or not the ones
    before were answered. Latency counts from when a request was due. At the end every answer is waited for."""

    # The most connections; beyond it requests wait for one, which counts as latency.
    CONNECTIONS = 512
    # So long after its deadline a request that has no answer will have none.
    PATIENCE = 10

    def __init__(self, port, *models, rate=200, timeout_ms=1000, table="entities", entities=range(1, ENTITIES + 1),
                 batch=1, connections=CONNECTIONS):
        self.port, self.models, self.rate, self.timeout_ms, self.table = port, models, rate, timeout_ms, table
        self.entities, self.batch, self.connections = entities, batch, connections
        self.idle, self.open, self.opening, self.waiting = [], set(), 0, []
        self.outcomes, self.pending = [], 0
        self.random = random.Random(7)

    async def __aenter__(self):
        self.issuer = asyncio.create_task(self.issue())
        return self

    async def __aexit__(self, *_):
        self.issuer.cancel()
        await asyncio.wait([self.issuer])
        await self.settle()

    async def settle(self):
        end = time.monotonic() + self.timeout_ms / 1000 + self.PATIENCE
        while self.pending and time.monotonic() < end:
            await asyncio.sleep(0.01)
        for connection in list(self.open):
            connection.give_up()
        self.waiting.clear()

    async def issue(self):
        began = time.monotonic()
        for number in itertools.count():
            due = began + number / self.rate
            # What a busy machine delays is caught up with.
            if (pause := due - time.monotonic()) > 0:
                await asyncio.sleep(pause)
            self.begin(Request(self, self.models[number % len(self.models)], due))

    def begin(self, request):
        self.pending += 1
        while self.idle:
            connection = self.idle.pop(0)
            if connection.is_usable:
                return connection.send(request)
        if len(self.open) + self.opening < self.connections:
            self.opening += 1
            asyncio.get_running_loop().create_task(self.connect(request))
        else:
            self.waiting.append(request)

    async def connect(self, request):
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(self), "127.0.0.1", self.port)
        except OSError:
            request.over("refused")
        else:
            connection.send(request)
        finally:
            self.opening -= 1

    def is_free(self, connection):
        """The connection's request was answered, and it can take another."""
        if self.waiting:
            connection.send(self.waiting.pop(0))
        else:
            self.idle.append(connection)

    def unasked(self, body):
        now = time.monotonic()
        self.outcomes.append(Outcome(now, 0, "wrong", "an answer that nobody asked for", body[:300], None))

    async def until_served(self, *models, seconds=0.5, at_most=8):
        """Waits until all requests for these models that were due in the last moments were served."""
        end = time.monotonic() + at_most
        while time.monotonic() < end:
            await asyncio.sleep(0.1)
            recent = Counts(self.outcomes[-int(self.rate * seconds * 1.5):]).of(*(models or self.models))
            if recent.total and recent.failed == 0 and self.pending < self.rate:
                return

    def counts(self, since=0, until=float("inf")):
        """Of the requests that were due between two moments by `time.monotonic()`."""
        return Counts([outcome for outcome in self.outcomes if since <= outcome.due < until])


class Request:
    def __init__(self, traffic, model, due):
        self.traffic, self.model, self.due = traffic, model, due
        self.entities = [traffic.random.choice(traffic.entities) for _ in range(traffic.batch)]
        body = json.dumps({"model_name": model, "ids": [str(entity) for entity in self.entities]}).encode()
        self.bytes = (
            b"POST /predict HTTP/1.1\r\nhost: 127.0.0.1\r\nx-request-timeout-ms: %d\r\ncontent-length: %d\r\n\r\n%s"
            % (traffic.timeout_ms, len(body), body))

    def answered(self, status, headers, body):
        try:
            self.over(self.judged(status, json.loads(body)), body, headers)
        except (ValueError, KeyError, AttributeError, TypeError):
            self.over("wrong", body)

    def judged(self, status, answer):
        if status != 200:
            # An error that is not the contract's is as bad as a wrong answer.
            return answer["code"] if answer["predictions"] is None and answer["error"] and status >= 400 else "wrong"
        table, predictions, errors = self.traffic.table, answer["predictions"], answer.get("errors", {})
        expected = {str(entity): {"score": score(self.model, row(table, entity))} for entity in self.entities}
        right = {entity: labels for entity, labels in expected.items() if entity not in errors}
        if predictions != right or not errors.keys() <= expected.keys():
            return "wrong"
        # Of a batch that was answered in part, the first error counts.
        return next((error["code"] for error in errors.values()), "served")

    def over(self, what, body=b"", headers=None):
        self.traffic.pending -= 1
        self.traffic.outcomes.append(
            Outcome(self.due, time.monotonic() - self.due, what, self.model, body[:300] if what == "wrong" else b"",
                    (headers or {}).get("retry-after")))
