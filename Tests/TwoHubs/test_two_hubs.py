"""What callers of two hubs behind nginx notice when one of them goes, and when it comes back."""

import asyncio
import signal

from load import CALLERS, Load
from pair import MODEL, now, served_by, statuses
from palantir_client.errors import HubUnreachable

MANY = 400


def test_both_hubs_answer_and_agree(pair):
    async def ask():
        async with Load(pair.url, MODEL, retries=0).running() as load:
            await load.until(MANY)
        return load
    since = now()
    load = asyncio.run(ask())
    assert load.outcomes == {"right": load.asked}, load.errors[:3]
    told = pair.told(since, load.asked)
    assert statuses(told) == {"200": load.asked}
    assert all(served_by(told, hub) > MANY / 10 for hub in pair.hubs)


def test_a_hub_that_is_killed_costs_callers_that_try_again_nothing(pair):
    first, second = pair.hubs

    async def ask():
        async with Load(pair.url, MODEL, retries=5).running() as load:
            await load.until(MANY)
            first.kill()
            killed = now()
            await load.until(MANY)
            await asyncio.to_thread(pair.start_again, 0)
            back = now()
            await load.until(MANY * 4)
        return load, killed, back
    since = now()
    load, killed, back = asyncio.run(ask())
    told = pair.told(since, load.asked)
    print(f"{load.asked} asked, {dict(load.outcomes)}; nginx answered {dict(statuses(told))}")
    assert load.outcomes == {"right": load.asked}, load.errors[:3]
    # One answer for each that was asked, and what was lost with the hub was lost: else this would show nothing.
    assert statuses(told)["200"] == load.asked
    assert statuses(told).keys() == {"200", "502"}
    assert served_by(told, first) > 0 and served_by(pair.told(killed), second) > 0
    assert served_by(pair.told(back), pair.hubs[0]) > 0


def test_a_caller_that_does_not_try_again_notices(pair):
    async def ask():
        async with Load(pair.url, MODEL, retries=0).running() as load:
            await load.until(MANY)
            pair.hubs[0].kill()
            await load.until(MANY)
            await asyncio.to_thread(pair.start_again, 0)
        return load
    load = asyncio.run(ask())
    # About as many as were under way in the hub, and not one wrong answer.
    assert 0 < load.outcomes["failed"] <= 2 * CALLERS
    assert load.outcomes["wrong"] == 0
    assert {type(each) for each in load.errors} == {HubUnreachable}


def test_a_hub_that_is_restarted_in_good_order_costs_nobody_anything(pair):
    async def restart(index):
        pair.hubs[index].signal(signal.SIGTERM)
        process = pair.hubs[index].process
        assert await asyncio.to_thread(process.wait, 20) == 0
        pair.processes.running.remove(process)
        await asyncio.to_thread(pair.start_again, index)

    async def ask():
        async with Load(pair.url, MODEL, retries=0).running() as load:
            for index in (0, 1):
                await load.until(MANY)
                await restart(index)
            await load.until(MANY)
        return load
    since = now()
    load = asyncio.run(ask())
    assert load.outcomes == {"right": load.asked}, load.errors[:3]
    assert statuses(pair.told(since, load.asked)) == {"200": load.asked}
