"""Models that go wrong in every way they can: each beside a model that is well and must not notice."""

import asyncio
import time

from fault import FAULTS, Fault, fault

PART = "model"
SECONDS = 1.5
# What a model of one replica may be answered with once it failed again and again.
SUSPENDED = "MODEL_SUSPENDED"

# Name, the stub's settings, what the failing model's callers may be told, and the promise's words for it.
MODES = [
    ("model-hangs", {"mode": "hang"}, ["DEADLINE_EXCEEDED"], "the model takes calls and never answers"),
    ("model-drips", {"mode": "drip"}, ["DEADLINE_EXCEEDED"], "the answer comes byte by byte, without an end"),
    ("model-answers-others", {"mode": "other_ids"}, ["MODEL_BAD_ANSWER"], "the answer is for other ids"),
    ("model-leaves-ids-out", {"mode": "missing_ids"}, ["MODEL_BAD_ANSWER"], "the answer leaves an id out"),
    ("model-answers-hugely", {"mode": "huge"}, ["MODEL_BAD_ANSWER", "DEADLINE_EXCEEDED"],
     "the answer is 32 MiB"),
    ("model-answers-endlessly", {"mode": "endless"}, ["MODEL_BAD_ANSWER", "MODEL_UNREACHABLE"],
     "the answer's chunks never end"),
    ("model-headers-endless", {"mode": "endless_headers"}, ["MODEL_BAD_ANSWER", "MODEL_UNREACHABLE"],
     "the answer's headers never end"),
    ("model-truncates", {"mode": "truncated"}, ["MODEL_UNREACHABLE", "MODEL_BAD_ANSWER"],
     "the answer breaks off before its length"),
    ("model-resets", {"mode": "reset"}, ["MODEL_UNREACHABLE"], "each call is reset"),
    ("model-resets-midway", {"mode": "reset_midway"}, ["MODEL_UNREACHABLE"], "each answer is reset midway"),
    ("model-refuses", {"mode": "refuse"}, ["MODEL_UNREACHABLE"], "nobody listens at the model's address"),
    ("model-500", {"mode": "status", "status": 500}, ["MODEL_FAILED"], "the model answers 500"),
    ("model-503", {"mode": "status", "status": 503}, ["MODEL_FAILED"], "the model answers 503"),
    ("model-redirects", {"mode": "status", "status": 307, "location": "http://127.0.0.1:1/"}, ["MODEL_FAILED"],
     "the model redirects elsewhere"),
    ("model-html", {"mode": "html"}, ["MODEL_BAD_ANSWER"], "the model answers 200 with a web page"),
    ("model-null", {"mode": "null"}, ["MODEL_BAD_ANSWER"], "the model answers `null`"),
    ("model-nests", {"mode": "nested"}, ["MODEL_BAD_ANSWER"], "the answer is nested half a million levels deep"),
    ("model-gzip-bomb", {"mode": "gzip_bomb"}, ["MODEL_BAD_ANSWER"], "100 MB in 100 KB of gzip that nobody asked for"),
    ("model-length-and-chunks", {"mode": "length_and_chunks"}, ["MODEL_BAD_ANSWER", "MODEL_UNREACHABLE"],
     "the answer has a content-length and chunks, which disagree"),
]


def mode_fault(name, settings, codes, words):
    async def run(suite, found):
        stub, model = suite.stubs[1], await suite.model(name, max_concurrency=8)
        async with suite.traffic(model, "steady", rate=120) as traffic:
            await asyncio.sleep(0.5)
            await stub.tell(**settings)
            await asyncio.sleep(SECONDS)
            await stub.tell(mode="good")
            back = time.monotonic()
            await traffic.until_served(model)
        judge(found, traffic, model, back, codes)

    promise = (f"{words}: {' or '.join([*codes, SUSPENDED])} by the deadline; no failure of another model; full "
               "service within 6 s of its end")
    FAULTS.append(Fault(name, PART, promise, run))


def judge(found, traffic, model, back, codes):
    harmed, others = traffic.counts().of(model), traffic.counts().of("steady")
    found.note(harmed)
    found.expect_only(harmed, *codes, SUSPENDED)
    found.expect(harmed.codes & set(codes), "the fault reached nobody")
    found.expect_all_served(others, "requests for another model")
    worst = found.expect_failures_by(harmed, traffic.timeout_ms + 100)
    found.note(f"told within {worst:.0f} ms")
    found.note(f"back after {found.expect_recovery(harmed, back, 6)}")


for mode in MODES:
    mode_fault(*mode)


@fault(PART, "the model is killed by SIGKILL and started again: MODEL_UNREACHABLE or MODEL_SUSPENDED by the deadline; no "
             "failure of another model; full service within 6 s of its return")
async def model_killed(suite, found):
    stub, model = suite.stubs[1], await suite.model("model-killed")
    async with suite.traffic(model, "steady", rate=120) as traffic:
        await asyncio.sleep(0.5)
        stub.kill()
        await asyncio.sleep(SECONDS)
        await stub.start_again()
        back = time.monotonic()
        await traffic.until_served(model)
    judge(found, traffic, model, back, ["MODEL_UNREACHABLE"])


@fault(PART, "the model is stopped by SIGSTOP and goes on: DEADLINE_EXCEEDED or MODEL_SUSPENDED by the deadline; no "
             "failure of another model; full service within 6 s")
async def model_stopped(suite, found):
    stub, model = suite.stubs[1], await suite.model("model-stopped", max_concurrency=8)
    async with suite.traffic(model, "steady", rate=120) as traffic:
        await asyncio.sleep(0.5)
        suite.processes.pause(stub.process)
        await asyncio.sleep(SECONDS)
        suite.processes.resume(stub.process)
        back = time.monotonic()
        await traffic.until_served(model)
    judge(found, traffic, model, back, ["DEADLINE_EXCEEDED"])


@fault(PART, "one entity's row makes every call fail that holds it: MODEL_FAILED for that entity alone")
async def model_poisoned(suite, found):
    stub, model = suite.stubs[1], await suite.model("model-poisoned")
    await stub.tell(mode="poisoned", id=13)
    async with suite.traffic(model, rate=150, entities=range(14, 2000)) as traffic:
        async with suite.traffic(model, rate=5, entities=[13]) as poisoned:
            await asyncio.sleep(3)
    found.note(f"that entity: {poisoned.counts()}; others: {traffic.counts()}")
    found.expect(set(poisoned.counts().by_what) == {"MODEL_FAILED"}, "the poisoned entity was answered otherwise")
    found.expect_all_served(traffic.counts(), "requests for other entities")


@fault(PART, "the model answers each call twice, the second answer being false: 0 wrong answers")
async def model_answers_twice(suite, found):
    stub, model = suite.stubs[1], await suite.model("model-answers-twice", max_concurrency=8)
    await stub.tell(mode="two_answers")
    async with suite.traffic(model, "steady", rate=120) as traffic:
        await asyncio.sleep(3)
    found.note(traffic.counts().of(model))
    found.expect_only(traffic.counts().of(model), "MODEL_UNREACHABLE", "MODEL_BAD_ANSWER", SUSPENDED)
    found.expect_all_served(traffic.counts().of("steady"), "requests for another model")


@fault(PART, "the model closes each connection up to 10 ms after an answer, unannounced: 0 failures")
async def model_closes_unannounced(suite, found):
    stub, model = suite.stubs[1], await suite.model("model-closes", max_concurrency=8)
    await stub.tell(mode="close_unannounced")
    async with suite.traffic(model, rate=200) as traffic:
        await asyncio.sleep(3)
    found.note(traffic.counts())
    found.expect_all_served(traffic.counts())


@fault(PART, "requests come 3.6 to 5.4 s after the one before, about when uvicorn closes idle connections: 0 failures")
async def keep_alive_race(suite, found):
    # Each on an endpoint of its own, hence on a connection of its own.
    models = await asyncio.gather(*(suite.model("keep-alive-race") for _ in range(24)))
    async with suite.traffic(*models, rate=120) as first:
        await asyncio.sleep(len(models) / 120)
    pauses = [3.6 + 1.8 * number / len(models) for number in range(len(models))]
    await asyncio.sleep(pauses[0] - len(models) / 120)
    # One request for each model, at such a rate that each comes later after its first.
    async with suite.traffic(*models, rate=len(models) / 1.8) as second:
        await asyncio.sleep(1.8)
    counts = first.counts() + second.counts()
    found.note(counts)
    found.expect_all_served(counts)


@fault(PART, "the model is told in x-request-timeout-ms what is left of the deadline: on every call, never more")
async def model_told_deadline(suite, found):
    stub, model = suite.stubs[1], await suite.model("model-told-deadline")
    await stub.tell()
    async with suite.traffic(model, rate=100, timeout_ms=700) as traffic:
        await asyncio.sleep(1.5)
    timeouts = (await stub.tell())["timeouts"]
    told = [timeout for timeout in timeouts if timeout is not None]
    found.note(f"{len(told)} of {len(timeouts)} calls told, {min(told, default=0):.0f} to {max(told, default=0):.0f} ms")
    found.expect_all_served(traffic.counts())
    found.expect(timeouts and len(told) == len(timeouts), "calls came without the header")
    found.expect(all(0 < timeout <= 700 for timeout in told), "a call was told more than its callers wait")


@fault(PART, "all calls answered 503, unmerged, at 300 requests/s: calls / requests at most 1.2")
async def retry_budget(suite, found):
    stub, model = suite.stubs[1], await suite.model("retry-budget", max_batch_size=1, max_concurrency=64)
    await stub.tell(mode="status", status=503)
    async with suite.traffic(model, rate=300) as traffic:
        await asyncio.sleep(3)
    calls, counts = (await stub.tell(mode="good"))["calls"], traffic.counts()
    found.note(f"{calls:,} calls for {counts.total:,} requests: {calls / counts.total:.2f}")
    found.expect_only(counts, "MODEL_FAILED", SUSPENDED)
    found.expect(calls <= 1.2 * counts.total, "more calls than 1.2 a request")


@fault(PART, "a model that fails every call is suspended: MODEL_SUSPENDED with retry-after, in 12 s at most 40 calls beyond "
             "the first second")
async def breaker(suite, found):
    stub, model = suite.stubs[1], await suite.model("breaker")
    await stub.tell(mode="status", status=503)
    async with suite.traffic(model, rate=100) as traffic:
        await asyncio.sleep(1)
        await stub.tell()
        await asyncio.sleep(11)
        calls = (await stub.tell(mode="good"))["calls"]
    counts = traffic.counts()
    suspended = counts.only(SUSPENDED)
    found.note(f"{counts}; {calls} calls after the first second")
    found.expect(suspended.total > 0.9 * counts.total, "under 90 % of the requests were told MODEL_SUSPENDED")
    found.expect(all(outcome.retry_after for outcome in suspended.outcomes), "without retry-after")
    found.expect(calls <= 40, f"{calls} calls to a model that fails them all")
