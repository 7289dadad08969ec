"""MariaDB that is gone, hangs, refuses, or is changed under the load."""

import asyncio
import time

from fault import fault

PART = "MySQL"
UNAVAILABLE = "FEATURE_STORE_UNAVAILABLE"
LATE = "DEADLINE_EXCEEDED"
# Of a request, in these faults.
DEADLINE = 1000


@fault(PART, "killed by SIGKILL for 10 s at 200 requests/s: only FEATURE_STORE_UNAVAILABLE, within 100 ms of the deadline "
             "at worst; full service within 2 s of its return")
async def mysql_killed(suite, found):
    await outage(suite, found, suite.database.kill, suite.database.start_again, 10, UNAVAILABLE)


@fault(PART, "stopped by SIGSTOP for 3 s: FEATURE_STORE_UNAVAILABLE or DEADLINE_EXCEEDED within 100 ms of the deadline; full "
             "service within 2 s")
async def mysql_stopped(suite, found):
    process = suite.database.process

    async def go_on():
        suite.processes.resume(process)
    await outage(suite, found, lambda: suite.processes.pause(process), go_on, 3, UNAVAILABLE, LATE)


@fault(PART, "restarted in good order: only FEATURE_STORE_UNAVAILABLE, within 100 ms of the deadline; full service within 2 s "
             "of its return")
async def mysql_restarted(suite, found):
    async with suite.traffic("steady", rate=200, timeout_ms=DEADLINE) as traffic:
        await asyncio.sleep(0.5)
        await suite.database.end()
        await suite.database.start_again()
        back = time.monotonic()
        await asyncio.sleep(3)
    judge(found, traffic, back, UNAVAILABLE)


async def outage(suite, found, begin, end, seconds, *codes):
    async with suite.traffic("steady", rate=200, timeout_ms=DEADLINE) as traffic:
        await asyncio.sleep(0.5)
        began = time.monotonic()
        begin()
        await asyncio.sleep(seconds)
        await end()
        back = time.monotonic()
        await asyncio.sleep(3)
    found.expect_all_served(traffic.counts(until=began - 0.1), "requests before")
    judge(found, traffic, back, *codes)


def judge(found, traffic, back, *codes):
    counts = traffic.counts()
    found.note(counts)
    found.expect_only(counts, *codes)
    worst = found.expect_failures_by(counts, DEADLINE + 100)
    found.note(f"told within {worst:.0f} ms; full service after {found.expect_recovery(counts, back, 2)}")


@fault(PART, "all connections killed, ten times in 3 s: 0 failures")
async def mysql_connections_killed(suite, found):
    killed = 0
    async with suite.traffic("steady", rate=200, timeout_ms=DEADLINE) as traffic:
        for _ in range(10):
            await asyncio.sleep(0.3)
            killed += await suite.database.kill_connections()
    found.note(f"{killed} connections killed; {traffic.counts()}")
    found.expect(killed >= 10, "hardly a connection was there to be killed")
    found.expect_all_served(traffic.counts())


@fault(PART, "a table locked for 3 s: its requests get DEADLINE_EXCEEDED in time, the other table's none; full service "
             "within 1 s")
async def mysql_table_locked(suite, found):
    other = await suite.model("other-table", table="others")
    async with suite.traffic("steady", rate=100, timeout_ms=DEADLINE) as traffic:
        async with suite.traffic(other, rate=100, table="others", timeout_ms=DEADLINE) as unharmed:
            await asyncio.sleep(0.5)
            lock = await suite.database.hold("LOCK TABLES features.entities WRITE; SELECT SLEEP(3)")
            await lock.wait()
            back = time.monotonic()
            await asyncio.sleep(2)
    counts = traffic.counts()
    found.note(f"{counts}; the other table's: {unharmed.counts()}")
    found.expect_only(counts, LATE, UNAVAILABLE)
    found.expect(counts.failed > 0, "the lock reached nobody")
    found.expect_failures_by(counts, DEADLINE + 100)
    found.note(f"full service after {found.expect_recovery(counts, back, 1)}")
    found.expect_all_served(unharmed.counts(), "requests for the other table")


@fault(PART, "others take every connection that it allows: 0 failures on the connections that the hub has")
async def mysql_full(suite, found):
    await suite.database.ask("SET GLOBAL max_connections = 10")
    others = [await suite.database.hold("SELECT SLEEP(3)", user="other") for _ in range(12)]
    async with suite.traffic("steady", rate=200, timeout_ms=DEADLINE) as traffic:
        await asyncio.sleep(2.5)
    refused = 0
    for other in others:
        refused += await other.wait() != 0
    await suite.database.ask("SET GLOBAL max_connections = 151")
    found.note(f"{refused} others refused; {traffic.counts()}")
    found.expect(refused > 0, "the limit was not reached")
    found.expect_all_served(traffic.counts())


@fault(PART, "others take every connection and the hub's are killed: only FEATURE_STORE_UNAVAILABLE in time; full service "
             "within 2 s of there being room")
async def mysql_full_and_killed(suite, found):
    async with suite.traffic("steady", rate=200, timeout_ms=DEADLINE) as traffic:
        await asyncio.sleep(0.5)
        # In one session: there may be no connection left for another.
        limit = await suite.database.hold(
            "SET GLOBAL max_connections = 10; SELECT SLEEP(3); SET GLOBAL max_connections = 151")
        await asyncio.sleep(0.2)
        # The hub would take what is free at once; so it stands still until others have all of it.
        suite.processes.pause(suite.hub.process)
        await suite.database.kill_connections()
        others = [await suite.database.hold("SELECT SLEEP(5)", user="other") for _ in range(12)]
        await asyncio.sleep(0.3)
        suite.processes.resume(suite.hub.process)
        await limit.wait()
        back = time.monotonic()
        await asyncio.sleep(3)
        for other in others:
            await other.wait()
    found.expect(traffic.counts().failed > 0, "the fault reached nobody")
    judge(found, traffic, back, UNAVAILABLE)


@fault(PART, "read-only: 0 failures")
async def mysql_read_only(suite, found):
    async with suite.traffic("steady", rate=200) as traffic:
        await suite.database.ask("SET GLOBAL read_only = 1; FLUSH TABLES WITH READ LOCK")
        await asyncio.sleep(2)
        await suite.database.ask("SET GLOBAL read_only = 0")
    found.note(traffic.counts())
    found.expect_all_served(traffic.counts())


@fault(PART, "a table rebuilt five times under load: 0 failures")
async def mysql_table_rebuilt(suite, found):
    async with suite.traffic("steady", rate=200) as traffic:
        for _ in range(5):
            await asyncio.sleep(0.3)
            await suite.database.ask("ALTER TABLE features.entities FORCE")
    found.note(traffic.counts())
    found.expect_all_served(traffic.counts())


@fault(PART, "a table renamed away for 2 s: only MODEL_MISCONFIGURED; full service within 1 s of its return")
async def mysql_table_gone(suite, found):
    async with suite.traffic("steady", rate=200) as traffic:
        await asyncio.sleep(0.5)
        await suite.database.ask("RENAME TABLE features.entities TO features.away")
        await asyncio.sleep(2)
        await suite.database.ask("RENAME TABLE features.away TO features.entities")
        back = time.monotonic()
        await asyncio.sleep(2)
    counts = traffic.counts()
    found.note(counts)
    found.expect_only(counts, "MODEL_MISCONFIGURED")
    found.expect(counts.failed > 0, "the fault reached nobody")
    found.note(f"full service after {found.expect_recovery(counts, back, 1)}")
