"""What happens to the system during a soak: tags change all the time, and every while a component is away."""

import asyncio
from collections import Counter


class Disturbances:
    MODES = ("hang", "other_ids", "status", "truncated", "reset", "html", "null", "close_unannounced", "half")

    def __init__(self, suite, model, random, seconds):
        self.suite, self.model, self.random = suite, model, random
        self.done = Counter()
        self.all = [
            self.model_misbehaves, self.connections_killed, self.model_killed, self.registry_stopped,
            self.database_restarted, self.database_stopped, self.registry_killed]
        # All of them within the warm-up, a quarter of the time.
        self.pause = min(seconds / 4 / len(self.all), 20)

    async def run(self):
        async with asyncio.TaskGroup() as group:
            group.create_task(self.change_tags())
            group.create_task(self.disturb())

    async def disturb(self):
        while True:
            for each in self.all:
                await each()
                self.done[each.__name__] += 1
                await asyncio.sleep(self.pause)

    async def change_tags(self):
        """The model's replicas, order and limits; its answers are the same whatever they are."""
        stubs = self.suite.stubs
        while True:
            await asyncio.sleep(1)
            chosen = self.random.sample(stubs, self.random.choice((2, 3)))
            # MLflow may be the component that is away.
            try:
                await self.suite.registry.set_tag(
                    self.model, "uri", ",".join(stub.uri(self.model) for stub in chosen))
                await self.suite.registry.set_tag(
                    self.model, "max_batch_size", str(self.random.choice((1, 10, 1000))))
                self.done["tags_changed"] += 1
            except OSError:
                pass

    async def model_misbehaves(self):
        stub, mode = self.suite.stubs[2], self.random.choice(self.MODES)
        await stub.tell(mode=mode, status=503)
        await asyncio.sleep(2)
        await stub.tell(mode="good")

    async def model_killed(self):
        self.suite.stubs[2].kill()
        await asyncio.sleep(2)
        await self.suite.stubs[2].start_again()

    async def connections_killed(self):
        await self.suite.database.kill_connections()

    async def database_restarted(self):
        await self.suite.database.end()
        await self.suite.database.start_again()

    async def database_stopped(self):
        await self.stopped(self.suite.database.process)

    async def registry_stopped(self):
        await self.stopped(self.suite.registry.process)

    async def registry_killed(self):
        self.suite.registry.kill()
        await self.suite.registry.start_again()

    async def stopped(self, process):
        self.suite.processes.pause(process)
        await asyncio.sleep(2)
        self.suite.processes.resume(process)
