"""Both clients by one face, so that each test runs with both."""

import asyncio

from palantir_client import AsyncPalantir, Palantir


class AsyncTwin:
    """`AsyncPalantir` as if it were the other: a call is a run of the loop."""

    def __init__(self, *arguments, **named):
        self.runner = asyncio.Runner()
        self.runner.__enter__()
        self.client = self.made(*arguments, **named)

    def made(self, *arguments, **named):
        async def make():
            return AsyncPalantir(*arguments, **named)
        return self.runner.run(make())

    def __getattr__(self, name):
        method = getattr(self.client, name)

        def call(*arguments, **named):
            async def run():
                return await method(*arguments, **named)
            return self.runner.run(run())
        return call

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.runner.run(self.client.close())
        self.runner.close()


TWINS = {"threads": Palantir, "asyncio": AsyncTwin}
