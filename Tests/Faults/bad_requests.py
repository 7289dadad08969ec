"""A load of requests that are wrong in every way, each with the code that it must get."""

import json

from traffic import Request, Traffic

UNKNOWN = json.dumps({"model_name": "steady", "id": "nobody"})
# Body, more headers, and the answer's code; while the database or MLflow is away, the ones of `AWAY` too.
BAD = [
    (UNKNOWN, "", "ENTITY_NOT_FOUND"),
    ('{"model_name": "nobody-knows", "id": "1"}', "", "MODEL_NOT_FOUND"),
    ('{"model_name": "steady@nobody", "id": "1"}', "", "VERSION_NOT_FOUND"),
    ('{"model_name": "steady"}', "", "INVALID_REQUEST"),
    ('{"model_name": "steady", "id": "1", "id": "2"}', "", "INVALID_REQUEST"),
    ('{"model_name": "steady", "id": 1.5}', "", "INVALID_REQUEST"),
    ('{"model_name": "steady", "id": "' + "x" * 600 + '"}', "", "INVALID_REQUEST"),
    ("[" * 5000, "", "INVALID_REQUEST"),
    ("\udcff{", "", "INVALID_REQUEST"),
    ("", "", "INVALID_REQUEST"),
    (UNKNOWN, "x-request-timeout-ms: soon\r\n", "INVALID_REQUEST"),
    (" " * (1 << 20) + UNKNOWN, "", "BODY_TOO_LARGE"),
    (UNKNOWN, "x-large: " + "x" * 20_000 + "\r\n", "HEADERS_TOO_LARGE"),
]
AWAY = {"DEADLINE_EXCEEDED", "FEATURE_STORE_UNAVAILABLE", "REGISTRY_UNAVAILABLE"}


class BadRequests(Traffic):
    def begin(self, request):
        super().begin(BadRequest(self, *BAD[len(self.outcomes) % len(BAD)], request.due))


class BadRequest(Request):
    def __init__(self, traffic, body, headers, code, due):
        self.traffic, self.due, self.code, self.model = traffic, due, code, "bad"
        data = body.encode("utf-8", "surrogateescape")
        timeout = "" if "x-request-timeout-ms" in headers else f"x-request-timeout-ms: {traffic.timeout_ms}\r\n"
        self.bytes = (f"POST /predict HTTP/1.1\r\nhost: 127.0.0.1\r\n{timeout}{headers}"
                      f"content-length: {len(data)}\r\n\r\n").encode() + data

    def judged(self, status, answer):
        code = answer["code"]
        is_right = code == self.code or code in AWAY and self.code.endswith("NOT_FOUND")
        return code if is_right and answer["predictions"] is None else "wrong"
