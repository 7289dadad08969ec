"""Packets that are lost, dropped or refused on the way to a model, in a network namespace; and connections that are slow,
cut or sliced, by a proxy."""

import asyncio
import os
import shutil
import subprocess
import time
from contextlib import asynccontextmanager

from fault import FAULTS, Fault, Skipped, fault
from fault_proxy import FaultProxy, Toxics
from model import Model

PART = "the network"
ADDRESSES = "10.213.77.1", "10.213.77.2"


@asynccontextmanager
async def far_model(suite):
    """A stub in a network of its own, and what sets the rules of that network's input."""
    if os.geteuid() != 0 or not shutil.which("nft") or not shutil.which("ip"):
        raise Skipped("it needs root, nft and ip")
    name, inside, outside = f"faults-{os.getpid()}", "inside", f"out{os.getpid()}"[:15]

    def do(command, *arguments):
        done = subprocess.run([*command.split(), *arguments], capture_output=True, text=True)
        if done.returncode:
            raise Skipped(f"`{command}` is not allowed here: {done.stderr.strip()}")

    def rule(text):
        do(f"ip netns exec {name} nft flush ruleset")
        if text:
            do(f"ip netns exec {name} nft", f"table ip faults {{ chain input {{ type filter hook input priority 0; "
               f"tcp dport {stub.port} {text}; }}\n}}")

    do(f"ip netns add {name}")
    try:
        do(f"ip link add {outside} type veth peer name {inside} netns {name}")
        do(f"ip addr add {ADDRESSES[0]}/30 dev {outside}")
        do(f"ip link set {outside} up")
        do(f"ip -n {name} addr add {ADDRESSES[1]}/30 dev {inside}")
        do(f"ip -n {name} link set {inside} up")
        do(f"ip -n {name} link set lo up")
        stub = Model(suite.processes, "far-stub", ["ip", "netns", "exec", name], ADDRESSES[1])
        rule("")
        stub.start()
        await asyncio.sleep(1)
        yield stub, rule
        suite.processes.end(stub.process)
    finally:
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)
        subprocess.run(["ip", "link", "delete", outside], capture_output=True)


RULES = [
    ("packets-lost", "numgen random mod 100 < 20 drop", ["DEADLINE_EXCEEDED", "MODEL_UNREACHABLE"],
     "a fifth of the packets to the model is lost"),
    ("packets-dropped", "drop", ["DEADLINE_EXCEEDED", "MODEL_UNREACHABLE"], "all packets to the model are lost"),
    ("packets-refused", "reject with tcp reset", ["MODEL_UNREACHABLE"], "all packets to the model are answered by resets"),
]


def rule_fault(name, text, codes, words):
    async def run(suite, found):
        async with far_model(suite) as (stub, rule):
            model = await suite.model(name, stub=stub, max_concurrency=8)
            async with suite.traffic(model, "steady", rate=120) as traffic:
                await asyncio.sleep(0.5)
                rule(text)
                await asyncio.sleep(2)
                rule("")
                back = time.monotonic()
                await traffic.until_served(model)
        harmed, others = traffic.counts().of(model), traffic.counts().of("steady")
        found.note(harmed)
        found.expect_only(harmed, *codes, "MODEL_SUSPENDED")
        found.expect_all_served(others, "requests for another model")
        worst = found.expect_failures_by(harmed, traffic.timeout_ms + 100)
        found.note(f"told within {worst:.0f} ms; back after {found.expect_recovery(harmed, back, 6)}")

    promise = (f"{words}: {' or '.join([*codes, 'MODEL_SUSPENDED'])} by the deadline; no failure of another model; full "
               "service within 6 s of its end")
    FAULTS.append(Fault(name, PART, promise, run))


for each in RULES:
    rule_fault(*each)

# Between the hub and MariaDB, and between the hub and a model: what may fail at all.
PASSABLE = [
    ("latency", Toxics(latency=0.05), "each piece comes 50 ms late"),
    ("bandwidth", Toxics(bytes_per_second=200_000), "200 KB/s"),
    ("slices", Toxics(slice_bytes=7), "answers come in slices of 7 bytes"),
    ("slow-close", Toxics(slow_close=0.3), "connections are closed, which is known 300 ms later"),
]


def passable_faults(name, toxics, words):
    async def to_model(suite, found):
        stub = suite.stubs[1]
        async with FaultProxy(stub.port) as proxy:
            model = await suite.model(f"model-{name}", uri=stub.uri("{name}", proxy.port), max_concurrency=8)
            proxy.toxics = toxics
            async with suite.traffic(model, rate=100) as traffic:
                await asyncio.sleep(1)
                if toxics.slow_close:
                    await stub.tell(mode="good", close=True)
                await asyncio.sleep(1)
        found.note(f"{traffic.counts()}; p99 {traffic.counts().latency(0.99):.0f} ms")
        found.expect_all_served(traffic.counts())

    async def to_database(suite, found):
        async with FaultProxy(suite.database.port) as proxy, suite.own_hub(database=proxy.port) as hub:
            proxy.toxics = toxics
            async with suite.traffic("steady", hub=hub, rate=100) as traffic:
                await asyncio.sleep(1)
                if toxics.slow_close:
                    await suite.database.kill_connections()
                await asyncio.sleep(1)
            proxy.toxics = Toxics()
        found.note(f"{traffic.counts()}; p99 {traffic.counts().latency(0.99):.0f} ms")
        found.expect_all_served(traffic.counts())

    FAULTS.append(Fault(f"way-to-model-{name}", PART, f"to the model, {words}: 0 failures", to_model))
    FAULTS.append(Fault(f"way-to-mysql-{name}", PART, f"to MySQL, {words}: 0 failures", to_database))


for each in PASSABLE:
    passable_faults(*each)


async def mysql_behind(suite, found, harm, *codes, seconds=2):
    async with FaultProxy(suite.database.port) as proxy, suite.own_hub(database=proxy.port) as hub:
        async with suite.traffic("steady", hub=hub, rate=100) as traffic:
            await asyncio.sleep(0.5)
            before = proxy.connections
            await harm(proxy)
            await asyncio.sleep(seconds)
            proxy.toxics = Toxics()
            back = time.monotonic()
            await asyncio.sleep(3)
    counts, opened = traffic.counts(), proxy.connections - before
    found.note(f"{counts}; {opened} new connections")
    found.expect_only(counts, *codes)
    # A hang opens none.
    found.expect(opened > 0 or counts.failed, "the fault reached nobody")
    worst = found.expect_failures_by(counts, traffic.timeout_ms + 100)
    found.note(f"told within {worst:.0f} ms; full service after {found.expect_recovery(counts, back, 2)}")
    return counts


@fault(PART, "to MySQL, connections are reset ten times: 0 failures")
async def way_to_mysql_reset(suite, found):
    async def reset(proxy):
        for _ in range(10):
            proxy.reset_all()
            await asyncio.sleep(0.2)
    found.expect_all_served(await mysql_behind(suite, found, reset))


@fault(PART, "to MySQL, nothing passes for 2 s: FEATURE_STORE_UNAVAILABLE or DEADLINE_EXCEEDED by the deadline; full service "
             "within 2 s of its end")
async def way_to_mysql_hangs(suite, found):
    async def hang(proxy):
        proxy.toxics = Toxics(hang=True)
    await mysql_behind(suite, found, hang, "FEATURE_STORE_UNAVAILABLE", "DEADLINE_EXCEEDED")


@fault(PART, "to MySQL, each connection is cut after 5 KB: only FEATURE_STORE_UNAVAILABLE; full service within 2 s of its end")
async def way_to_mysql_cut(suite, found):
    async def cut(proxy):
        proxy.toxics = Toxics(limit_bytes=5_000)
    await mysql_behind(suite, found, cut, "FEATURE_STORE_UNAVAILABLE")


@fault(PART, "to MySQL, every statement is answered with bytes of no protocol: only FEATURE_STORE_UNAVAILABLE by the deadline; "
             "full service within 2 s of its end")
async def way_to_mysql_garbled(suite, found):
    async def garble(proxy):
        proxy.toxics = Toxics(answer=b"\x03\x00\x00\x01\xff\xfe\xfdnonsense" * 20)
    await mysql_behind(suite, found, garble, "FEATURE_STORE_UNAVAILABLE", "DEADLINE_EXCEEDED")
