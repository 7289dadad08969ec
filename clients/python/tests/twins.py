"""Both clients by one face, so that each test runs with both."""

import asyncio

from palantir_client import AsyncPalantir, Palantir


class AsyncTwin:
    """`AsyncPalantir` as if it were the other: a call is a run of the loop."""

    def __init__(self, *arguments, **named):
        self.loop = asyncio.new_event_loop()
        self.client = AsyncPalantir(*arguments, **named)

    def __getattr__(self, name):
        method = getattr(self.client, name)

        def call(*arguments, **named):
            return self.loop.run_until_complete(method(*arguments, **named))
        return call

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.loop.run_until_complete(self.client.close())
        self.loop.close()


TWINS = {"threads": Palantir, "asyncio": AsyncTwin}
