"""Clients that are slow, many, rude or hostile: others are served on."""

import asyncio
import json
import resource
import ssl
import time
from contextlib import asynccontextmanager

from entities import row, score
from fault import FAULTS, Fault, Skipped, fault
from raw import Raw, answers, exchange, head, request

PART = "clients"
ASK = {"model_name": "steady", "id": "7"}
RIGHT = {"7": {"score": score("steady", row("entities", 7))}}


@asynccontextmanager
async def beside_steady(suite, found, hub=None, rate=100):
    """Another client's requests, none of which may fail."""
    async with suite.traffic("steady", hub=hub, rate=rate) as traffic:
        began = time.monotonic()
        yield traffic
        # What was done in a moment may harm in the next.
        await asyncio.sleep(began + 1 - time.monotonic())
    found.note(f"others: {traffic.counts()}, p99 {traffic.counts().latency(0.99):.0f} ms")
    found.expect_all_served(traffic.counts(), "requests of others")


async def loris(suite, found, text, count=200):
    """Clients that send the text and then a byte every tenth of a second."""
    async def one():
        raw = await Raw.open(hub.port)
        began = time.monotonic()
        await raw.send(text)
        reading = asyncio.create_task(raw.read(4))
        while not reading.done() and time.monotonic() < began + 4:
            try:
                await raw.send(b"x")
            except OSError:
                break
            await asyncio.sleep(0.1)
        took = time.monotonic() - began
        answer, is_closed = await reading
        raw.close()
        return answers(answer), is_closed, took

    async with suite.own_hub(PALANTIR_READ_TIMEOUT_MS="1000") as hub:
        async with beside_steady(suite, found, hub):
            clients = await asyncio.gather(*(one() for _ in range(count)))
    told = sum("REQUEST_TIMEOUT" in body for found_answers, *_ in clients for _, body in found_answers)
    closed = sum(is_closed for _, is_closed, _ in clients)
    slowest = max(took for *_, took in clients)
    found.note(f"of {count} {told} told REQUEST_TIMEOUT, {closed} closed, the last after {slowest:.1f} s")
    found.expect(closed == count and told == count, "not all were told and closed")
    found.expect(slowest <= 1.6, "over 1.6 s with a read timeout of 1 s")


@fault(PART, "200 clients send headers byte by byte: REQUEST_TIMEOUT after PALANTIR_READ_TIMEOUT_MS, within 0.6 s of it; 0 "
             "failures of others")
async def slow_headers(suite, found):
    await loris(suite, found, b"POST /predict HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ")


@fault(PART, "200 clients send a body byte by byte: REQUEST_TIMEOUT after PALANTIR_READ_TIMEOUT_MS, within 0.6 s of it; 0 "
             "failures of others")
async def slow_body(suite, found):
    await loris(suite, found, head("content-length: 1000"))


@fault(PART, "10,000 idle connections: 0 failures of others, and afterwards nothing of them is left")
async def idle_connections(suite, found):
    count, (_, hard) = 10_000, resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count + 1000:
        raise Skipped(f"only {hard} descriptors are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    async with suite.own_hub() as hub:
        async with beside_steady(suite, found, hub):
            idle = [await Raw.open(hub.port) for _ in range(count)]
            await asyncio.sleep(2)
            held = hub.held()
        found.note(f"{len(idle):,} open; {held}")
        found.expect(held.descriptors > count, "not all were taken")
        for raw in idle:
            raw.close()


@fault(PART, "more connections than PALANTIR_MAX_CONNECTIONS (100): the hub holds no more; those within are served; once the "
             "others leave, new ones are")
async def connection_cap(suite, found):
    async with suite.own_hub(PALANTIR_MAX_CONNECTIONS="100") as hub:
        async with suite.traffic("steady", hub=hub, rate=100, connections=8) as traffic:
            await asyncio.sleep(0.5)
            # One that it opened later would not be within.
            traffic.connections = len(traffic.open)
            idle = [await Raw.open(hub.port) for _ in range(300)]
            await asyncio.sleep(1)
            held = hub.held()
            for raw in idle:
                raw.close()
        async with suite.traffic("steady", hub=hub, rate=100) as after:
            await asyncio.sleep(1)
    found.note(f"{held.descriptors} descriptors; within: {traffic.counts()}; after: {after.counts()}")
    # Some more to the database and the model.
    found.expect(held.descriptors <= hub.before.descriptors + 104, "more connections than allowed")
    found.expect_all_served(traffic.counts(), "requests on connections within")
    found.expect_all_served(after.counts(), "requests after")


@fault(PART, "50 requests sent ahead on one connection: 50 right answers, in order")
async def pipelining(suite, found):
    ids = range(1, 51)
    text, _ = await exchange(
        suite.hub.port, b"".join(request({"model_name": "steady", "id": number}) for number in ids), 1)
    expected = [(200, {str(number): {"score": score("steady", row("entities", number))}}) for number in ids]
    got = [(status, json.loads(body)["predictions"]) for status, body in answers(text)]
    found.note(f"{len(got)} answers, {sum(one == other for one, other in zip(got, expected))} right")
    found.expect(got == expected, "not these answers in this order")


@fault(PART, "a client that ends its own direction after the request (half-closed): it gets the right answer, 100 times")
async def half_closed(suite, found):
    async def one():
        raw = await Raw.open(suite.hub.port)
        await raw.send(request(ASK))
        raw.shut()
        text, is_closed = await raw.read()
        raw.close()
        return is_closed and [json.loads(body)["predictions"] for _, body in answers(text)] == [RIGHT]
    right = sum(await asyncio.gather(*(one() for _ in range(100))))
    found.note(f"{right} of 100 right, and closed by the hub")
    found.expect(right == 100, "not all were answered rightly and closed")


# Name, what is sent, the status and code that must come, once, before the hub closes.
REFUSED = [
    ("headers-large", head("x-large: " + "x" * 20_000, "content-length: 0"), 431, "HEADERS_TOO_LARGE",
     "20 KB of headers"),
    ("headers-many", head(*(f"x-{number}: 1" for number in range(120)), "content-length: 0"), 431, "HEADERS_TOO_LARGE",
     "120 header fields"),
    ("lengths-two", head("content-length: 4", "content-length: 50") + b"{}{}", 400, "INVALID_REQUEST",
     "two lengths that disagree"),
    ("length-and-chunks", head("content-length: 4", "transfer-encoding: chunked") + b"0\r\n\r\n" + request(ASK), 400,
     "INVALID_REQUEST", "content-length with transfer-encoding, and a request smuggled behind"),
    ("chunks-bad", head("transfer-encoding: chunked") + b"zz\r\n{}\r\n0\r\n\r\n", 400, "INVALID_REQUEST",
     "a chunk whose size is no number"),
    ("not-http", bytes(range(256)) * 40, 400, "INVALID_REQUEST", "random bytes"),
    ("body-huge", head("content-length: 99999999999") + b"{", 413, "BODY_TOO_LARGE", "a body said to be 100 GB"),
]


def refused_fault(name, data, status, code, words):
    async def run(suite, found):
        async with beside_steady(suite, found):
            results = await asyncio.gather(*(exchange(suite.hub.port, data, 2) for _ in range(50)))
        right = sum([(got, code in body) for got, body in answers(text)] == [(status, True)] and (is_closed or stays)
                    for text, is_closed in results)
        found.note(f"{right} of {len(results)} refused so")
        found.expect(right == len(results), f"otherwise: {results[0][0][:300]!r}, closed: {results[0][1]}")
    # Whoever says that 100 GB come may go on sending until the read timeout.
    stays = code == "BODY_TOO_LARGE"
    closed = "" if stays else "and the connection closed, "
    promise = f"{words}: {status} {code}, {closed}one answer and no more; 0 failures of others"
    FAULTS.append(Fault(f"client-{name}", PART, promise, run))


for each in REFUSED:
    refused_fault(*each)


@fault(PART, "a TLS client on the plain port, 50 times: each is closed; 0 failures of others")
async def client_tls(suite, found):
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE

    async def one():
        try:
            await asyncio.wait_for(asyncio.open_connection("127.0.0.1", suite.hub.port, ssl=trusting), 2)
        except (ssl.SSLError, ConnectionError):
            return True
        except TimeoutError:
            return False
    async with beside_steady(suite, found):
        closed = sum(await asyncio.gather(*(one() for _ in range(50))))
    found.note(f"{closed} of 50 closed")
    found.expect(closed == 50, "some were left waiting")


@fault(PART, "bodies of gzip that would inflate to 100 MB, 20 at once: INVALID_REQUEST each; 0 failures of others")
async def client_gzip_bomb(suite, found):
    from stub_modes import bomb
    data = head("content-encoding: gzip", f"content-length: {len(bomb())}", "connection: close") + bomb()
    async with beside_steady(suite, found):
        results = await asyncio.gather(*(exchange(suite.hub.port, data) for _ in range(20)))
    right = sum("INVALID_REQUEST" in body for text, _ in results for _, body in answers(text))
    found.note(f"{right} of 20 refused so")
    found.expect(right == 20, "not all were refused")


@fault(PART, "500 clients reset the connection within their request: 0 failures of others")
async def client_resets(suite, found):
    async with beside_steady(suite, found):
        for _ in range(500):
            raw = await Raw.open(suite.hub.port)
            await raw.send(request(ASK)[:-10])
            raw.reset()


@fault(PART, "200 clients reset their connections before their model answers: none of their requests is still worked on a second later")
async def client_leaves(suite, found):
    model = await suite.model("client-leaves")
    await suite.stubs[1].tell(mode="hang")
    raws = [await Raw.open(suite.hub.port) for _ in range(200)]
    for number, raw in enumerate(raws, 1):
        await raw.send(request({"model_name": model, "id": number}, "x-request-timeout-ms: 5000"))
    await asyncio.sleep(0.5)
    most = await suite.hub.metric("palantir_predictions_in_flight")
    for raw in raws:
        raw.reset()
    await asyncio.sleep(1)
    left = await suite.hub.metric("palantir_predictions_in_flight")
    found.note(f"{most:.0f} in flight, then {left:.0f}")
    found.expect(most == 200, "not all were in flight")
    found.expect(left == 0, "some are still worked on")


@fault(PART, "6 clients ask for 8 MB each and read nothing for 3 s: cut after PALANTIR_WRITE_TIMEOUT_MS (1 s), so they never "
             "get the whole answer; 0 failures of others")
async def slow_readers(suite, found):
    size = 8_000_000
    async with suite.own_hub(PALANTIR_WRITE_TIMEOUT_MS="1000") as hub:
        model = await suite.model("slow-readers", hub=hub, max_batch_size=80, max_concurrency=2)
        await suite.stubs[1].tell(mode="large")
        async with beside_steady(suite, found, hub):
            raws = [await Raw.open(hub.port, receive_buffer=4096) for _ in range(6)]
            for number, raw in enumerate(raws):
                ids = list(range(number * 80 + 1, number * 80 + 81))
                await raw.send(request({"model_name": model, "ids": ids}))
            await asyncio.sleep(3)
            ends = await asyncio.gather(*(raw.read(2) for raw in raws))
        for raw in raws:
            raw.close()
    found.note(f"they got {min(len(text) for text, _ in ends):,} to {max(len(text) for text, _ in ends):,} bytes")
    found.expect(all(text for text, _ in ends), "not all were answered at all")
    found.expect(all(len(text) < size and is_closed for text, is_closed in ends), "some were not cut")
