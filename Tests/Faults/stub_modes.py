"""How the stub model answers a call: rightly, or in one of the ways in which models go wrong.

A mode gets the connection, the call's model, its rows and the mode's settings, and writes the answer."""

import functools
import gzip
import json
import random

from entities import score


def answer_text(model, rows):
    return json.dumps({"predictions": {str(row["id"]): {"score": score(model, row)} for row in rows}}).encode()


def good(connection, model, rows, settings):
    connection.respond(200, answer_text(model, rows))


def slow(connection, model, rows, settings):
    connection.later(settings["seconds"], lambda: connection.respond(200, answer_text(model, rows)))


def hang(connection, model, rows, settings):
    pass


def drip(connection, model, rows, settings):
    """A byte every tenth of a second: never still, never done in time."""
    text = connection.head(200, b"x" * 100_000) + answer_text(model, rows)

    def one(position):
        connection.write(text[position:position + 1])
        connection.later(0.1, lambda: one((position + 1) % len(text)))
    one(0)


def other_ids(connection, model, rows, settings):
    # Of entities that nobody asks for: under an id of the same call a wrong score would be the model's word, not a mix-up.
    connection.respond(200, answer_text(model, [{**row, "id": row["id"] + 1_000_000} for row in rows]))


def large(connection, model, rows, settings):
    """A tenth of a megabyte for each row."""
    labels = {"text": "x" * 100_000}
    connection.respond(200, json.dumps({"predictions": {str(row["id"]): labels for row in rows}}).encode())


def mixed_up(connection, model, rows, settings):
    """Each id gets the answer of another entity's row: what no hub can notice, and the suite must."""
    scores = [score(model, row) for row in rows] if len(rows) > 1 else [score(model, {**rows[0], "name": "another"})]
    labels = [{"score": each} for each in scores[1:] + scores[:1]]
    connection.respond(200, json.dumps(
        {"predictions": {str(row["id"]): one for row, one in zip(rows, labels)}}).encode())


def missing_ids(connection, model, rows, settings):
    """Answers for some, and for none if there is one only."""
    connection.respond(200, answer_text(model, rows[1:]))


def huge(connection, model, rows, settings):
    connection.respond(200, huge_text())


@functools.cache
def huge_text():
    return b'{"predictions":{"1":{"text":"' + b"x" * (32 << 20) + b'"}}}'


def endless(connection, model, rows, settings):
    """Chunks without an end."""
    connection.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"

    def more():
        if connection.buffered() < 1 << 20:
            connection.write(chunk)
        connection.later(0.001, more)
    more()


def endless_headers(connection, model, rows, settings):
    connection.write(b"HTTP/1.1 200 OK\r\n")

    def more():
        if connection.buffered() < 1 << 20:
            connection.write(b"x-more: " + b"x" * 4000 + b"\r\n")
        connection.later(0.001, more)
    more()


def truncated(connection, model, rows, settings):
    text = answer_text(model, rows)
    connection.write(connection.head(200, text) + text[:-5])
    connection.close()


def reset(connection, model, rows, settings):
    connection.reset()


def reset_midway(connection, model, rows, settings):
    text = answer_text(model, rows)
    connection.write(connection.head(200, text) + text[:5])
    connection.later(0.02, connection.reset)


def status(connection, model, rows, settings):
    connection.respond(settings["status"], b'{"error":"the stub was told to fail"}', location=settings.get("location"))


def html(connection, model, rows, settings):
    connection.respond(200, b"<html><body>It works!</body></html>", kind=b"text/html")


def null(connection, model, rows, settings):
    connection.respond(200, b"null")


def nested(connection, model, rows, settings):
    """Half a million levels: what recurses over it ends."""
    connection.respond(200, b'{"predictions":' + b'{"1":' * 500_000)


def gzip_bomb(connection, model, rows, settings):
    """A hundred kilobytes that say they are a hundred megabytes."""
    connection.respond(200, bomb(), encoding="gzip")


@functools.cache
def bomb():
    return gzip.compress(b" " * (100 << 20), 1)


def two_answers(connection, model, rows, settings):
    """The second one was never asked for, and is right for nobody."""
    connection.respond(200, answer_text(model, rows))
    connection.respond(200, answer_text(model, [{**row, "name": "smuggled"} for row in rows]))


def length_and_chunks(connection, model, rows, settings):
    """Two ways to tell where the body ends, which disagree."""
    text = answer_text(model, rows)
    connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n"
                     + b"%x\r\n" % len(text) + text + b"\r\n0\r\n\r\n")


def close_unannounced(connection, model, rows, settings):
    """Kept alive by its words, closed some milliseconds later: the next call may cross with that."""
    connection.respond(200, answer_text(model, rows))
    connection.later(random.uniform(0, 0.01), connection.close)


def poisoned(connection, model, rows, settings):
    """One entity makes any call fail that holds it."""
    if any(row["id"] == settings["id"] for row in rows):
        connection.respond(500, b'{"error":"poison"}')
    else:
        connection.respond(200, answer_text(model, rows))


def half(connection, model, rows, settings):
    """Every second call fails with a status that says: try again."""
    if random.random() < 0.5:
        connection.respond(503, b"{}")
    else:
        connection.respond(200, answer_text(model, rows))


MODES = {mode.__name__: mode for mode in (
    good, slow, hang, drip, other_ids, large, mixed_up, missing_ids, huge, endless, endless_headers, truncated, reset, reset_midway,
    status, html, null, nested, gzip_bomb, two_answers, length_and_chunks, close_unannounced, poisoned, half)}
