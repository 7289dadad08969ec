"""What all faults share: MariaDB, MLflow, three stub models, one hub; and hubs of their own for those that need them."""

import asyncio
import itertools
from contextlib import asynccontextmanager

from database import Database
from entities import CANARY
from fault import Found
from hub import Hub, until
from model import Model
from processes import Processes
from registry import Registry
from traffic import Traffic


class Suite:
    STUBS = 3
    # After a fault a hub has so long to give back what it held; connections to models stay for 4 s.
    SETTLES_IN = 12

    def __init__(self, folder):
        self.processes = Processes(folder)
        self.database = Database(self.processes)
        self.registry = Registry(self.processes)
        self.stubs = [Model(self.processes, f"stub-{number}") for number in range(1, self.STUBS + 1)]
        self.numbers = itertools.count(1)
        self.hub_names = set()
        self.found = Found()

    async def start(self):
        await asyncio.gather(
            asyncio.to_thread(self.database.create), asyncio.to_thread(self.registry.start),
            *(asyncio.to_thread(stub.start) for stub in self.stubs))
        # Always there, and well behaved: what a fault of another model must not touch.
        await self.registry.register("steady", feature_store="entities", uri=self.stubs[0].uri("steady"))
        self.hub = self.make_hub("hub")
        await self.hub.start()
        await self.warm_up(self.hub)

    def make_hub(self, name, database=None, registry=None, **settings):
        """One that finds the database and MLflow behind these ports."""
        self.hub_names.add(name)
        return Hub(
            self.processes, name, **{
                "MLFLOW_URI": f"http://127.0.0.1:{registry or self.registry.port}",
                "MYSQL_DSN": self.database.dsn(database), "PALANTIR_REGISTRY_REFRESH_MS": "500"} | settings)

    async def warm_up(self, hub):
        """Every connection, thread and buffer that a hub comes to have under load is there before it is measured."""
        async with Traffic(hub.port, "steady", rate=400, connections=64):
            await asyncio.sleep(1)

        async def has_let_go():
            """The load's own connections do not count."""
            before, hub.before = hub.before, hub.held()
            return before and before.descriptors <= hub.before.descriptors
        hub.before = None
        await until(has_let_go, 2, every=0.2)

    @asynccontextmanager
    async def own_hub(self, **arguments):
        """A hub for one fault; when it is over it must hold no more than before."""
        hub = self.make_hub(f"hub-{next(self.numbers)}", **arguments)
        await hub.start()
        try:
            await self.warm_up(hub)
            yield hub
            await self.expect_settled(hub)
        finally:
            await hub.end()

    async def expect_settled(self, hub):
        if not hub.is_alive:
            self.found.expect(False, f"the hub ended with {hub.process.returncode}: {hub.log[-600:]}")
            return
        after = None

        async def has_settled():
            nonlocal after
            after = hub.held()
            return not self.excess(hub.before, after)
        await until(has_settled, self.SETTLES_IN, every=0.2)
        excess = self.excess(hub.before, after)
        self.found.expect(not excess, f"afterwards the hub holds {excess}: {after}; before: {hub.before}")

    def expect_discreet(self):
        """No hub has logged the database's password or a feature's value."""
        for log in map(self.processes.log, sorted(self.hub_names)):
            text = log.read_text(errors="replace") if log.exists() else ""
            for secret in (self.database.PASSWORD, CANARY):
                self.found.expect(secret not in text, f"{log.name} holds {secret!r}")

    @staticmethod
    def excess(before, after):
        """What is not back where it was. Connections to the database are kept, and to a fault's models for a moment."""
        return ", ".join(what for what, is_more in {
            "descriptors": after.descriptors > before.descriptors + 4,
            "threads": after.threads > before.threads + 2,
            "memory": after.memory_mb > before.memory_mb * 1.1 + 8,
        }.items() if is_more)

    async def model(self, name, stub=None, uri=None, hub=None, table="entities", **tags):
        """Registers a model and waits until the hub knows it; answers its name, which no other fault has."""
        name = f"{name}-{next(self.numbers)}"
        uri = uri or (stub or self.stubs[1]).uri(name)
        await self.registry.register(name, feature_store=table, uri=uri.replace("{name}", name), **tags)
        hub = hub or self.hub

        async def is_known():
            status, body = await hub.get(f"/models/{name}")
            return status == 200 and '"servable":true' in body.replace(" ", "")
        if not await until(is_known, 10):
            raise RuntimeError(f"The hub does not come to know {name}: {await hub.get(f'/models/{name}')}")
        return name

    def replicas(self, stubs):
        """A `uri` tag of several replicas, for `model`."""
        return ",".join(stub.uri("{name}") for stub in stubs)

    def traffic(self, *models, hub=None, **settings):
        return Traffic((hub or self.hub).port, *models, **settings)

    async def behave(self):
        """Every component is up and well again."""
        for stub in self.stubs:
            if stub.process.poll() is None:
                self.processes.resume(stub.process)
                await stub.tell(mode="good")
            else:
                await stub.start_again()
        for component in (self.database, self.registry):
            if component.process.poll() is None:
                self.processes.resume(component.process)
            else:
                await component.start_again()

    async def run(self, fault):
        self.found = found = Found()
        try:
            await fault.run(self, found)
            await self.behave()
            await self.expect_settled(self.hub)
            self.expect_discreet()
        finally:
            await self.behave()
            # What is left of this fault is not to be laid to the next ones.
            if not self.hub.is_alive or self.excess(self.hub.before, self.hub.held()):
                await self.hub.end()
                await self.hub.start()
                await self.warm_up(self.hub)
        return found

    def end(self):
        self.processes.end_all()
