"""MLflow that is gone, hangs or answers nonsense: known models go on."""

import asyncio
import time

from fault import FAULTS, Fault, fault
from fault_proxy import FaultProxy, Toxics
from hub import until

PART = "MLflow"
UNAVAILABLE = "REGISTRY_UNAVAILABLE"
# Two or more of them: the hub looks at MLflow every half second.
SECONDS = 2


def answer(body, status="200 OK", kind="application/json"):
    return (f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n{body}").encode()


def empty(request):
    """As an MLflow without any model answers: a list without models, and of a single one that it does not exist."""
    if b"s/search" in request.partition(b"\r\n")[0]:
        return answer("{}")
    return answer('{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no such model"}', "404 Not Found")


def looks(proxy):
    return sum(b"/registered-models/search" in line for line in proxy.answered)


TOXICS = [
    ("mlflow-500", Toxics(answer=answer('{"error_code":"INTERNAL_ERROR"}', "500 Internal Server Error")), "answers 500"),
    ("mlflow-hangs", Toxics(hang=True), "takes connections and never answers"),
    ("mlflow-html", Toxics(answer=answer("<html>Sign in</html>", kind="text/html")), "answers 200 with a web page"),
    ("mlflow-truncates", Toxics(answer=answer('{"registered_models":[{"name":"steady","ta')), "answers half a JSON text"),
    ("mlflow-resets", Toxics(reset=True), "resets each call"),
    ("mlflow-lies", Toxics(answer=answer('{"registered_models":7}')), "answers JSON of another shape"),
    ("mlflow-not-http", Toxics(answer=b"SSH-2.0-OpenSSH_9.2\r\n"), "answers by another protocol"),
]


def toxic_fault(name, toxics, words):
    async def run(suite, found):
        async with FaultProxy(suite.registry.port) as proxy, suite.own_hub(registry=proxy.port) as hub:
            proxy.toxics = toxics
            async with suite.traffic("steady", hub=hub, rate=200) as known:
                async with suite.traffic("nobody-knows", hub=hub, rate=20) as unknown:
                    await asyncio.sleep(SECONDS)
            proxy.toxics = Toxics()
            # A look that was on its way ends first: it is the next one that counts.
            await asyncio.sleep(0.5)
            back = time.monotonic()
            await suite.registry.set_tag("steady", "after", name)

            async def is_followed():
                return name in (await hub.get("/models/steady"))[1]
            await until(is_followed, 10)
            took = time.monotonic() - back
        found.note(f"known: {known.counts()}; unknown: {unknown.counts()}; a changed tag is known after {took:.1f} s")
        found.expect_all_served(known.counts(), "requests for a known model")
        found.expect_only(unknown.counts(), UNAVAILABLE, "DEADLINE_EXCEEDED")
        found.expect_failures_by(unknown.counts(), unknown.timeout_ms + 100)
        found.expect(took <= 3, "the hub did not follow MLflow again within 3 s")

    promise = (f"{words}: 0 failures for known models; an unknown one gets {UNAVAILABLE} or DEADLINE_EXCEEDED by the "
               "deadline; MLflow is followed again within 3 s")
    FAULTS.append(Fault(name, PART, promise, run))


for toxic in TOXICS:
    toxic_fault(*toxic)


@fault(PART, "killed by SIGKILL for 60 s at 500 requests/s: 0 failures for known models")
async def mlflow_killed(suite, found):
    suite.registry.kill()
    async with suite.traffic("steady", rate=500) as traffic:
        await asyncio.sleep(60)
        await suite.registry.start_again()
    found.note(f"{traffic.counts()}; p99 {traffic.counts().latency(0.99):.0f} ms")
    found.expect_all_served(traffic.counts())


@fault(PART, "stopped by SIGSTOP for 3 s: 0 failures for known models")
async def mlflow_stopped(suite, found):
    suite.processes.pause(suite.registry.process)
    async with suite.traffic("steady", rate=200) as traffic:
        await asyncio.sleep(3)
        suite.processes.resume(suite.registry.process)
    found.note(traffic.counts())
    found.expect_all_served(traffic.counts())


@fault(PART, "suddenly has no models: not believed at once, but only at the third look or later; all served within 2 s of "
             "their return")
async def mlflow_empty(suite, found):
    async with FaultProxy(suite.registry.port) as proxy, suite.own_hub(registry=proxy.port) as hub:
        async with suite.traffic("steady", hub=hub, rate=200) as traffic:
            await asyncio.sleep(0.5)
            proxy.toxics = Toxics(answer=empty)

            async def is_believed():
                return traffic.counts().failed
            believed = await until(is_believed, 10, every=0.01)
            seen = looks(proxy)
            proxy.toxics = Toxics()
            back = time.monotonic()
            await asyncio.sleep(3)
    counts = traffic.counts()
    found.note(f"{'believed' if believed else 'not believed'} after {seen} empty looks; {counts}")
    found.expect(seen >= 3, "believed too soon")
    found.expect_only(counts, "MODEL_NOT_FOUND")
    found.note(f"full service after {found.expect_recovery(counts, back, 2)}")


@fault(PART, "has no models in two looks in a row: 0 failures")
async def mlflow_empty_briefly(suite, found):
    async with FaultProxy(suite.registry.port) as proxy, suite.own_hub(registry=proxy.port) as hub:
        async with suite.traffic("steady", hub=hub, rate=200) as traffic:
            proxy.toxics = Toxics(answer=empty)

            async def has_looked_twice():
                return looks(proxy) >= 2
            await until(has_looked_twice, 5, every=0.001)
            proxy.toxics = Toxics()
            await asyncio.sleep(2)
    found.note(f"{looks(proxy)} empty looks; {traffic.counts()}")
    found.expect(looks(proxy) >= 2, "the hub did not look")
    found.expect_all_served(traffic.counts())


@fault(PART, "slow: each piece 300 ms late, 20 KB/s: 0 failures; a new model is known within 5 s")
async def mlflow_slow(suite, found):
    async with FaultProxy(suite.registry.port) as proxy, suite.own_hub(registry=proxy.port) as hub:
        proxy.toxics = Toxics(latency=0.3, bytes_per_second=20_000)
        async with suite.traffic("steady", hub=hub, rate=200) as traffic:
            began = time.monotonic()
            await suite.model("mlflow-slow", hub=hub)
            took = time.monotonic() - began
    found.note(f"known after {took:.1f} s; {traffic.counts()}")
    found.expect_all_served(traffic.counts())
    found.expect(took <= 5, "it took longer than 5 s")


@fault(PART, "down while the hub is started: served from the snapshot; the first answer within 2 s of the start")
async def mlflow_down_at_start(suite, found):
    async with FaultProxy(suite.registry.port) as proxy, suite.own_hub(registry=proxy.port) as hub:
        await hub.end()
        proxy.close()
        began = time.monotonic()
        await hub.start()
        async with suite.traffic("steady", hub=hub, rate=100) as traffic:
            took = time.monotonic() - began
            await asyncio.sleep(2)
        await proxy.open()
        await suite.warm_up(hub)
    found.note(f"ready after {took:.2f} s; {traffic.counts()}")
    found.expect(took <= 2, "it took longer than 2 s")
    found.expect_all_served(traffic.counts())


@fault(PART, "down while the hub is started, and a bit of the snapshot flipped: the hub starts and warns; "
             "REGISTRY_UNAVAILABLE; full service within 3 s of MLflow's return")
async def snapshot_flipped_bit(suite, found):
    async with FaultProxy(suite.registry.port) as proxy, suite.own_hub(registry=proxy.port) as hub:
        await hub.end()
        proxy.close()
        snapshot = hub.data / "registry.snapshot"
        content = bytearray(snapshot.read_bytes())
        content[len(content) // 2] ^= 1
        snapshot.write_bytes(content)
        await hub.start(ready="/livez")
        async with suite.traffic("steady", hub=hub, rate=100) as traffic:
            await asyncio.sleep(1)
            await proxy.open()
            back = time.monotonic()
            await asyncio.sleep(4)
        warned = "Registry snapshot on disk is not usable" in hub.log
        await suite.warm_up(hub)
    counts = traffic.counts()
    found.note(counts)
    found.expect_only(counts, UNAVAILABLE, "DEADLINE_EXCEEDED")
    found.expect(counts.failed > 0, "the broken snapshot was believed")
    found.expect(warned, "no warning in the log")
    found.note(f"full service after {found.expect_recovery(counts, back, 3)}")


@fault(PART, "a new model is asked for before the hub looked at MLflow again, then MLflow goes and the hub is restarted: the "
             "model is served from the snapshot")
async def snapshot_of_asked_model(suite, found):
    async with FaultProxy(suite.registry.port) as proxy, suite.own_hub(registry=proxy.port) as hub:
        # Waits until the hub knows the model, which it does by asking MLflow for it alone.
        model = await suite.model("asked-at-once", hub=hub)
        await asyncio.sleep(2)
        await hub.end()
        proxy.close()
        await hub.start()
        async with suite.traffic(model, hub=hub, rate=50) as traffic:
            await asyncio.sleep(1)
        await proxy.open()
        await suite.warm_up(hub)
    found.note(traffic.counts())
    found.expect_all_served(traffic.counts())
