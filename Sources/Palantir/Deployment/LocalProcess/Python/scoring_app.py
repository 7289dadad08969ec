"""The replica's HTTP API, as an ASGI application: POST /predict and GET /health, for who knows the secret."""

import hmac
import json
import time
import typing

from palantir_scorer import failures
from palantir_scorer.failures import PredictionError
from palantir_scorer.prediction_queue import Labels, Model, PredictionQueue, Row

LARGEST_BODY = 16 << 20
# A text, or an integer, which stands for its decimal text.
ID_TYPES = (int, str)


class Disconnected(Exception):
    pass


class ScoringApp:
    def __init__(self, model: Model, secret: str) -> None:
        self.secret = secret.encode()
        self.queue = PredictionQueue(model)

    async def __call__(self, scope: dict, receive: typing.Callable, send: typing.Callable) -> None:
        arrived = time.monotonic()
        headers = dict(scope["headers"])
        close = False
        try:
            if not hmac.compare_digest(headers.get(b"x-palantir-secret", b""), self.secret):
                status, body = 403, b""
            else:
                status, body = await self.answer(scope["method"], scope["path"], headers, receive, arrived)
        except Disconnected:
            return
        except PredictionError as error:
            status, body = error.status, json.dumps({"error": error.sentence}).encode()
            close = status == 413  # Rather than read the rest.
        except Exception as error:
            # Uvicorn would log the message.
            failures.log(error)
            status, body = 500, json.dumps({"error": f"the server failed with {type(error).__name__}"}).encode()
        head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        if close:
            head.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    async def answer(
        self, method: str, path: str, headers: dict, receive: typing.Callable, arrived: float
    ) -> tuple[int, bytes]:
        match method, path:
            case "POST", "/predict":
                deadline = deadline_of(headers, arrived)
                rows = rows_of(await body_of(headers, receive))
                return 200, answer_of(rows, await self.queue.predict(rows, deadline))
            case "GET", "/health":
                return 200, json.dumps(self.health()).encode()
            case _, "/predict" | "/health":
                raise PredictionError(405, "POST /predict and GET /health are all there is")
            case _:
                raise PredictionError(404, "POST /predict and GET /health are all there is")

    def health(self) -> dict:
        """`predicting_s` tells of a model that hangs: how long its present call has taken."""
        since = self.queue.predicting_since
        return {
            "status": "ok",
            "waiting": len(self.queue.waiting),
            "predicting_s": None if since is None else round(time.monotonic() - since, 3),
        }


def deadline_of(headers: dict, arrived: float) -> float | None:
    text = headers.get(b"x-request-timeout-ms")
    if text is None:
        return None
    if not text.isdigit() or len(text) > 9:
        raise PredictionError(400, "x-request-timeout-ms must be a number of milliseconds")
    return arrived + int(text) / 1000


async def body_of(headers: dict, receive: typing.Callable) -> bytes:
    too_large = PredictionError(413, "the body is larger than 16 MiB")
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > LARGEST_BODY:
        raise too_large
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            raise too_large
        more = message.get("more_body", False)
    return b"".join(parts)


def rows_of(body: bytes) -> list[Row]:
    try:
        parsed = json.loads(body, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise PredictionError(400, "the body is not JSON") from None
    rows = parsed.get("values") if isinstance(parsed, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise PredictionError(400, 'expected {"values": [{"id": …, …}, …]}')
    if not all(type(row.get("id")) in ID_TYPES for row in rows):
        raise PredictionError(400, "each row needs an id, a text or an integer")
    if len({str(row["id"]) for row in rows}) < len(rows):
        raise PredictionError(400, "two rows have the same id")
    return rows


def refuse_constant(name: str) -> typing.NoReturn:
    raise ValueError(f"{name} is not JSON")


def answer_of(rows: list[Row], labels: list[Labels]) -> bytes:
    answer = {"predictions": {str(row["id"]): label for row, label in zip(rows, labels)}}
    text = json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:  # Half a surrogate pair, which only an escape can write.
        return json.dumps(answer, allow_nan=False, separators=(",", ":")).encode()
