"""Whether the suite would notice."""

import asyncio

from fault import fault


@fault("the suite", "a model mixes up the answers of the rows that it got, which no hub can see: the suite counts every one as "
                    "wrong")
async def mix_up_is_seen(suite, found):
    model = await suite.model("mix-up")
    await suite.stubs[1].tell(mode="mixed_up")
    async with suite.traffic(model, rate=100) as traffic:
        await asyncio.sleep(1)
    counts = traffic.counts()
    found.note(counts)
    found.expect(counts.total > 50 and counts["wrong"] == counts.total, "a wrong answer passed for a right one")
