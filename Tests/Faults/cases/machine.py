"""What the machine may do to the hub: no descriptors, no disk, a clock that jumps."""

import asyncio
import os
import shutil
import socket
import subprocess
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from fault import Skipped, fault
from raw import Raw

PART = "the machine"
FAKETIME = Path("/usr/lib") / f"{os.uname().machine}-linux-gnu/faketime/libfaketimeMT.so.1"


@fault(PART, "its descriptors exhausted (the limit lowered to ten more than it has) by 200 connections: 0 failures on "
             "connections that are open; accepts again within 2 s of their end")
async def descriptors_exhausted(suite, found):
    if not shutil.which("prlimit"):
        raise Skipped("prlimit is missing")
    async with suite.own_hub() as hub:
        async with suite.traffic("steady", hub=hub, rate=100, connections=8) as traffic:
            await asyncio.sleep(0.5)
            # Under the running hub: at its start it would keep some for itself.
            limit = hub.held().descriptors + 10
            subprocess.run(["prlimit", "--pid", str(hub.process.pid), f"--nofile={limit}:{limit}"], check=True)
            idle = [await Raw.open(hub.port) for _ in range(200)]
            await asyncio.sleep(2)
            held = hub.held()
            for raw in idle:
                raw.close()
            await asyncio.sleep(2)
        # The limit is as low as before, so no more connections than it allows.
        async with suite.traffic("steady", hub=hub, rate=100, connections=4) as after:
            await asyncio.sleep(1)
    found.note(f"{held.descriptors} descriptors of {limit}; within: {traffic.counts()}; after: {after.counts()}")
    found.expect(held.descriptors >= limit - 1, "they were not exhausted")
    found.expect_all_served(traffic.counts(), "requests on open connections")
    found.expect_all_served(after.counts(), "requests afterwards")


@fault(PART, "no space on the data folder's disk: 0 failures, new models are served, a warning is logged; the snapshot is "
             "written at the next change once there is space")
async def disk_full(suite, found):
    folder = suite.processes.folder / "small-disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        raise Skipped(f"a tmpfs cannot be mounted here: {mounted.stderr.strip()}")
    try:
        await fill_disk(suite, found, folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


async def fill_disk(suite, found, folder):
    async with suite.own_hub(PALANTIR_DATA=str(folder)) as hub:
        filler = folder / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        async with suite.traffic("steady", hub=hub, rate=100) as traffic:
            model = await suite.model("disk-full", hub=hub)
            await suite.registry.set_tag(model, "room", "none")
            async with suite.traffic(model, hub=hub, rate=100) as new:
                await asyncio.sleep(1.5)
            warned = "Registry snapshot was not saved" in hub.log
            filler.unlink()
            await suite.registry.set_tag(model, "room", "again")
            await asyncio.sleep(1.5)
        snapshot = (folder / "registry.snapshot").read_text()
    found.note(f"{traffic.counts()}; the new model: {new.counts()}")
    found.expect_all_served(traffic.counts())
    found.expect_all_served(new.counts(), "requests for the new model")
    found.expect(warned, "no warning in the log")
    found.expect(model in snapshot and "again" in snapshot, "the snapshot does not hold what changed")


@fault(PART, "the clock jumps a day ahead, back, an hour back, and to 1990, at 200 requests/s: 0 failures; metrics stay sane")
async def clock_jumps(suite, found):
    if not FAKETIME.exists():
        raise Skipped("libfaketime is missing")
    file = suite.processes.folder / "clock"

    def jump(to):
        file.write_text(to)
    jump("+0d")
    dates = []
    # Through `env`: libfaketime sets a variable in the first process that it meets, and Swift, which looks for the
    # arguments beside the environment, finds none in a process whose environment was moved by that.
    async with suite.own_hub(
            prefix=["env"], LD_PRELOAD=str(FAKETIME), FAKETIME_TIMESTAMP_FILE=str(file), FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1", DONT_FAKE_MONOTONIC="1") as hub:
        async with suite.traffic("steady", hub=hub, rate=200) as traffic:
            for to in ("+1d", "+0d", "-1h", "@1990-01-01 00:00:00", "+0d"):
                jump(to)
                await asyncio.sleep(1.2)
                dates.append(await asyncio.to_thread(date_of, hub.url + "/predict"))
        age = await hub.metric("palantir_registry_mirror_age_seconds")
    found.note(f"{traffic.counts()}; the mirror's age is {age:.1f} s")
    found.expect(any("1990" in date for date in dates), f"the hub did not see the clock jump: {dates}")
    found.expect_all_served(traffic.counts())
    found.expect(0 <= age < 10, f"the mirror's age is told as {age} s")


def date_of(url):
    """Of a prediction: other answers' dates are kept for a second, by a timer that libfaketime slows."""
    with urllib.request.urlopen(url, b'{"model_name":"steady","id":1}', timeout=5) as answer:
        return answer.headers["date"] or "none"


@contextmanager
def silent_name_server(address):
    """Takes questions and answers none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        yield


@fault(PART, "names are not resolved any more, and the name server is silent: 0 failures of a model whose name was known, "
             "though every call needs a new connection; of a name that was not, DEADLINE_EXCEEDED, MODEL_UNREACHABLE or MODEL_SUSPENDED by "
             "the deadline")
async def names_unresolved(suite, found):
    if os.geteuid() != 0 or not shutil.which("unshare"):
        raise Skipped("it needs root and unshare")
    hosts, servers = suite.processes.folder / "hosts", suite.processes.folder / "resolv.conf"
    hosts.write_text("127.0.0.1 localhost known.test\n")
    servers.write_text("nameserver 127.7.7.7\n")
    # A view of /etc that is the hub's alone.
    prefix = ["unshare", "--mount", "sh", "-c",
              f'mount --bind {hosts} /etc/hosts && mount --bind {servers} /etc/resolv.conf && exec "$0" "$@"']
    stub = suite.stubs[1]
    with silent_name_server("127.7.7.7"):
        async with suite.own_hub(prefix=prefix) as hub:
            known = await suite.model("name-known", hub=hub, uri=f"http://known.test:{stub.port}/predict/{{name}}")
            unknown = await suite.model("name-unknown", hub=hub, uri=f"http://unknown.test:{stub.port}/predict/{{name}}")
            await stub.tell(mode="good", close=True)
            async with suite.traffic(known, hub=hub, rate=100) as before:
                await asyncio.sleep(1)
            hosts.write_text("127.0.0.1 localhost\n")
            async with suite.traffic(known, hub=hub, rate=100) as traffic:
                async with suite.traffic(unknown, hub=hub, rate=5) as lost:
                    await asyncio.sleep(8)
    found.note(f"{traffic.counts()}; of the unknown name: {lost.counts()}")
    found.expect_all_served(before.counts(), "requests before")
    found.expect_all_served(traffic.counts())
    found.expect_only(lost.counts(), "MODEL_UNREACHABLE", "DEADLINE_EXCEEDED", "MODEL_SUSPENDED")
    found.expect(lost.counts().failed, "the unknown name was resolved")
    worst = found.expect_failures_by(lost.counts(), lost.timeout_ms + 100)
    found.note(f"told within {worst:.0f} ms")
