"""A model of three replicas, of which one or all go wrong."""

import asyncio
import time

from fault import fault

PART = "replicas"
RATE = 250
HEALTHY, HARMED, EJECTED = 3, 14, 4
# A busy machine's own hiccups, which the limit must not be below; a call that hangs takes a second.
FLOOR_MS = 50


async def one_harmed(suite, found, name, harm):
    """Counts before, during, and since when the replica should be out."""
    model = await suite.model(name, uri=suite.replicas(suite.stubs), max_concurrency=12)
    async with suite.traffic(model, rate=RATE) as traffic:
        await asyncio.sleep(HEALTHY)
        for stub in suite.stubs:
            await stub.tell()
        harmed = time.monotonic()
        await harm(suite.stubs[2])
        await asyncio.sleep(HARMED)
    before, during = traffic.counts(until=harmed - 0.2), traffic.counts(since=harmed)
    late = traffic.counts(since=harmed + EJECTED)
    limit = max(2 * before.latency(0.99), FLOOR_MS)
    found.note(f"healthy p99 {before.latency(0.99):.0f} ms; harmed: {during}; after {EJECTED} s p99 "
               f"{late.latency(0.99):.0f} ms, slowest {late.latency(1):.0f} ms")
    found.expect_all_served(before, "requests before")
    found.expect_answers(during)
    return during, late, limit


def expect_few_failures(found, during):
    found.expect(during.failed <= 0.005 * during.total, f"{during.failed} of {during.total} failed, over 0.5 %")


@fault(PART, f"one of three hangs: at most 0.5 % of the requests fail; after {EJECTED} s none is slower than 2 x the healthy "
             f"p99 (or {FLOOR_MS} ms)")
async def replica_hangs(suite, found):
    during, late, limit = await one_harmed(suite, found, "replica-hangs", lambda stub: stub.tell(mode="hang"))
    expect_few_failures(found, during)
    found.expect(late.latency(1) <= limit, f"a request took {late.latency(1):.0f} ms, over {limit:.0f} ms")


@fault(PART, "one of three is killed by SIGKILL: 0 failures")
async def replica_killed(suite, found):
    async def kill(stub):
        stub.kill()
    during, *_ = await one_harmed(suite, found, "replica-killed", kill)
    found.expect_all_served(during)


@fault(PART, f"one of three is stopped by SIGSTOP: at most 0.5 % fail; after {EJECTED} s none is slower than 2 x the healthy "
             f"p99 (or {FLOOR_MS} ms)")
async def replica_stopped(suite, found):
    async def stop(stub):
        suite.processes.pause(stub.process)
    during, late, limit = await one_harmed(suite, found, "replica-stopped", stop)
    expect_few_failures(found, during)
    found.expect(late.latency(1) <= limit, f"a request took {late.latency(1):.0f} ms, over {limit:.0f} ms")


@fault(PART, f"one of three takes 400 ms a call: 0 failures; after {EJECTED} s 95 % are within 2 x the healthy p99 (or "
             f"{FLOOR_MS} ms)")
async def replica_slow(suite, found):
    during, late, limit = await one_harmed(
        suite, found, "replica-slow", lambda stub: stub.tell(mode="slow", seconds=0.4))
    found.expect_all_served(during)
    found.expect(late.latency(0.95) <= limit, f"p95 is {late.latency(0.95):.0f} ms, over {limit:.0f} ms")


@fault(PART, "one of three answers 500 to every call: at most 0.5 % of the requests fail")
async def replica_500(suite, found):
    during, *_ = await one_harmed(
        suite, found, "replica-500", lambda stub: stub.tell(mode="status", status=500))
    expect_few_failures(found, during)


@fault(PART, "one of three was down for 4 s: it is called again within 15 s of its return")
async def replica_returns(suite, found):
    model, stub = await suite.model("replica-returns", uri=suite.replicas(suite.stubs), max_concurrency=12), suite.stubs[2]
    async with suite.traffic(model, rate=RATE) as traffic:
        await asyncio.sleep(1)
        await stub.tell(mode="status", status=503)
        await asyncio.sleep(4)
        await stub.tell(mode="good")
        back = time.monotonic()
        calls = 0
        while calls < 20 and time.monotonic() < back + 15:
            await asyncio.sleep(0.2)
            calls += (await stub.tell())["calls"]
        took = time.monotonic() - back
    found.note(f"20 calls after {took:.1f} s; {traffic.counts()}")
    found.expect(calls >= 20, "it is hardly called again")
    expect_few_failures(found, traffic.counts())


@fault(PART, "all three answer 503, calls unmerged: calls / requests at most 1.2")
async def replicas_all_503(suite, found):
    model = await suite.model(
        "replicas-503", uri=suite.replicas(suite.stubs), max_batch_size=1, max_concurrency=64)
    for stub in suite.stubs:
        await stub.tell(mode="status", status=503)
    async with suite.traffic(model, rate=300) as traffic:
        await asyncio.sleep(4)
    calls = sum([(await stub.tell(mode="good"))["calls"] for stub in suite.stubs])
    counts = traffic.counts()
    found.note(f"{calls:,} calls for {counts.total:,} requests: {calls / counts.total:.2f}; {counts}")
    found.expect_only(counts, "MODEL_FAILED", "MODEL_SUSPENDED")
    found.expect(calls <= 1.2 * counts.total, "more calls than 1.2 a request")
