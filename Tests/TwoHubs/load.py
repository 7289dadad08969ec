"""Callers that ask all the time, with an account of every answer."""

import asyncio
import random
from collections import Counter
from contextlib import asynccontextmanager

from entities import ENTITIES, row, score
from palantir_client import AsyncPalantir, PalantirError

CALLERS = 24


class Load:
    def __init__(self, url, model, retries):
        self.url, self.model, self.retries = url, model, retries
        self.random = random.Random(7)
        self.outcomes = Counter()
        self.errors = []
        self.is_over = False

    @property
    def asked(self):
        return self.outcomes.total()

    @asynccontextmanager
    async def running(self):
        """Callers ask while the block runs; at its end each waits for its last answer."""
        async with AsyncPalantir(self.url, retries=self.retries) as hub:
            callers = [asyncio.create_task(self.ask(hub)) for _ in range(CALLERS)]
            try:
                yield self
            finally:
                self.is_over = True
                await asyncio.gather(*callers)

    async def ask(self, hub):
        while not self.is_over:
            entity = self.random.randint(1, ENTITIES)
            try:
                answer = await hub.predict(self.model, [entity])
            except PalantirError as error:
                self.errors.append(error)
                self.outcomes["failed"] += 1
            else:
                right = {entity: {"score": score(self.model, row("entities", entity))}}
                self.outcomes["right" if answer == right else "wrong"] += 1

    async def until(self, more):
        """Waits until so many more are answered."""
        wanted = self.asked + more
        while self.asked < wanted:
            await asyncio.sleep(0.01)
