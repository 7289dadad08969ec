"""The hub itself: killed, stopped, ended in good order, reloaded, and asked for ten times what it can do."""

import asyncio
import signal
import time

from fault import fault
from hub import HubDown, until

PART = "the hub"


@fault(PART, "killed by SIGKILL and started again under load: 0 wrong answers; full service within 2 s of its start")
async def hub_killed(suite, found):
    async with suite.own_hub() as hub:
        async with suite.traffic("steady", hub=hub, rate=200) as traffic:
            await asyncio.sleep(1)
            hub.kill()
            await asyncio.sleep(1)
            hub.launch()
            back = time.monotonic()
            await asyncio.sleep(4)
        await suite.warm_up(hub)
    counts = traffic.counts()
    found.note(counts)
    found.expect_no_wrong(counts)
    found.expect(not counts.codes, "codes although nothing else was broken")
    found.expect(counts.unanswered > 0, "the fault reached nobody")
    found.note(f"full service after {found.expect_recovery(counts, back, 2)}")


@fault(PART, "stopped by SIGSTOP for 2 s: every request is answered, and rightly; full service within 1 s")
async def hub_stopped(suite, found):
    async with suite.traffic("steady", rate=200) as traffic:
        await asyncio.sleep(0.5)
        suite.processes.pause(suite.hub.process)
        await asyncio.sleep(2)
        suite.processes.resume(suite.hub.process)
        back = time.monotonic()
        await asyncio.sleep(3)
    counts = traffic.counts()
    found.note(counts)
    found.expect_only(counts, "DEADLINE_EXCEEDED", "OVERLOADED")
    found.note(f"full service after {found.expect_recovery(counts, back, 1)}")


@fault(PART, "SIGTERM at 500 requests/s over kept-alive connections: no request that was sent is left without its answer; "
             "exit code 0")
async def hub_terminated(suite, found):
    hub = suite.make_hub("terminated")
    await hub.start()
    async with suite.traffic("steady", hub=hub, rate=500) as traffic:
        await asyncio.sleep(2)
        hub.signal(signal.SIGTERM)
        began = time.monotonic()

        async def has_ended():
            return not hub.is_alive
        await until(has_ended, 12)
        took = time.monotonic() - began
    code, counts = hub.process.poll(), traffic.counts()
    await hub.end()
    found.note(f"{counts}; ended after {took:.1f} s with {code}")
    found.expect_no_wrong(counts)
    found.expect(counts["lost"] + counts["silent"] == 0, f"{counts['lost'] + counts['silent']} sent and not answered")
    found.expect(not counts.codes, f"codes: {counts.codes}")
    found.expect(code == 0, f"it ended with {code}")


@fault(PART, "SIGTERM with a drain delay of 2 s: /readyz is 503 at once, requests on new connections are served for 2 s; "
             "exit code 0")
async def hub_drains(suite, found):
    hub = suite.make_hub("drains", PALANTIR_DRAIN_DELAY="2s")
    await hub.start()
    hub.signal(signal.SIGTERM)
    await asyncio.sleep(0.3)
    ready, _ = await hub.get("/readyz")
    async with suite.traffic("steady", hub=hub, rate=100) as traffic:
        await asyncio.sleep(1.2)

    async def has_ended():
        return not hub.is_alive
    await until(has_ended, 10)
    code = hub.process.poll()
    await hub.end()
    found.note(f"/readyz {ready}; {traffic.counts()}; exit code {code}")
    found.expect(ready == 503, f"/readyz is {ready}")
    found.expect_all_served(traffic.counts())
    found.expect(code == 0, f"it ended with {code}")


@fault(PART, "a second SIGTERM while a model hangs: it ends within 1 s")
async def hub_terminated_twice(suite, found):
    hub = suite.make_hub("terminated-twice")
    await hub.start()
    model = await suite.model("terminated-twice", hub=hub)
    await suite.stubs[1].tell(mode="hang")
    async with suite.traffic(model, hub=hub, rate=50, timeout_ms=4000):
        await asyncio.sleep(0.5)
        hub.signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        was_draining = hub.is_alive
        hub.signal(signal.SIGTERM)
        began = time.monotonic()

        async def has_ended():
            return not hub.is_alive
        await until(has_ended, 10, every=0.01)
        took = time.monotonic() - began
    await hub.end()
    found.note(f"ended {took:.2f} s after the second")
    found.expect(was_draining, "it had ended at the first, though requests were in flight")
    found.expect(took <= 1, "it took longer than 1 s")


@fault(PART, "100 reloads by SIGHUP at 200 requests/s, every second one invalid: 0 failures, and the last valid one is in force")
async def hub_reloaded(suite, found):
    file = suite.processes.folder / "reloaded.env"

    def write(text):
        file.write_text(text)
    write("PALANTIR_MAX_BODY_BYTES=100000\n")
    async with suite.own_hub(arguments=["--env-file", str(file)]) as hub:
        async with suite.traffic("steady", hub=hub, rate=200) as traffic:
            for number in range(100):
                write("PALANTIR_MAX_BODY_BYTES=2048\n" if number % 2 == 0 else "PALANTIR_MAX_BODY_BYTES=lots\n")
                hub.signal(signal.SIGHUP)
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
        if not hub.is_alive:
            raise HubDown(f"The hub was ended by SIGHUP: {hub.process.returncode}")
        status, body = await hub.post({"model_name": "steady", "id": "1", "more": "x" * 4000})
    found.note(f"{traffic.counts()}; then a body of 4 KB over the new limit: {status}")
    found.expect_all_served(traffic.counts())
    found.expect("BODY_TOO_LARGE" in body, "the last valid reload is not in force")


@fault(PART, "asked for 10 x what a model can do: goodput at least 90 % of capacity; OVERLOADED is told in under 5 ms at the "
             "median, with retry-after; memory is flat")
async def overload(suite, found):
    stub = suite.stubs[1]
    async with suite.own_hub(PALANTIR_MAX_IN_FLIGHT="32") as hub:
        model = await suite.model("overload", hub=hub, max_batch_size=1, max_concurrency=4)
        await stub.tell(mode="slow", seconds=0.05)
        async with suite.traffic(model, hub=hub, rate=140) as traffic:
            await asyncio.sleep(4)
        began = min(outcome.due for outcome in traffic.outcomes)
        capacity = traffic.counts(since=began + 1, until=began + 4).served / 3
        highest = 0
        async with suite.traffic(model, hub=hub, rate=10 * capacity) as traffic:
            for _ in range(60):
                await asyncio.sleep(0.1)
                highest = max(highest, hub.held().memory_mb)
    began = min(outcome.due for outcome in traffic.outcomes)
    counts = traffic.counts(since=began + 1, until=began + 6)
    refused = counts.only("OVERLOADED")
    goodput = counts.served / 5
    found.note(f"capacity {capacity:.0f}/s; at {10 * capacity:.0f}/s goodput {goodput:.0f}/s, {goodput / capacity:.0%}; "
               f"refusals after {refused.latency(0.5):.1f} ms; {highest:.0f} MB at most; {counts}")
    found.expect_only(counts, "OVERLOADED")
    found.expect(goodput >= 0.9 * capacity, "goodput is under 90 % of capacity")
    found.expect(refused.total and refused.latency(0.5) < 5, "refusals take longer than 5 ms")
    found.expect(all(outcome.retry_after for outcome in refused.outcomes), "without retry-after")
    found.expect(highest <= hub.before.memory_mb * 1.1 + 8, f"memory rose from {hub.before.memory_mb:.0f} MB")
