"""The replica's HTTP API."""

import concurrent.futures
import http.client
import json
import socket
import time

import pytest

from harness import SECRET

ROW = {"id": 1, "a": 0.5, "b": 1}


def test_without_the_secret_there_is_nothing(replica):
    for secret in (None, "wrong", SECRET + "0", ""):
        assert replica("classifier").post([ROW], secret=secret) == (403, "")
        assert replica("classifier").request("GET", "/health", secret=secret) == (403, "")
        assert replica("classifier").request("GET", "/", secret=secret) == (403, "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"values":[]}',
        b'{"values":[1]}',
        b'{"values":[{}]}',
        b'{"values":[{"id":null}]}',
        b'{"values":[{"id":1.5}]}',
        b'{"values":[{"id":true}]}',
        b'{"values":[{"id":1,"a":NaN,"b":1}]}',
        b'{"values":[{"id":1,"a":1,"b":1},{"id":"1","a":1,"b":1}]}',
        b"[" * 100_000,
        b"\xff",
        b'{"values":[{"id":' + b"9" * 5000 + b"}]}",
    ],
)
def test_bodies_that_are_not_the_contract_are_refused(replica, body):
    status, answer = replica("classifier").request("POST", "/predict", body)
    assert status == 400 and json.loads(answer)["error"]


def test_routes(replica):
    status, body = replica("classifier").request("GET", "/health")
    assert status == 200 and json.loads(body) == {"status": "ok", "waiting": 0, "predicting_s": None}
    assert replica("classifier").request("GET", "/predict")[0] == 405
    assert replica("classifier").request("GET", "/nothing")[0] == 404
    assert replica("classifier").post([ROW], headers={"x-request-timeout-ms": "soon"})[0] == 400


def test_a_large_body_is_refused(replica):
    connection = http.client.HTTPConnection("127.0.0.1", replica("classifier").port, timeout=10)
    connection.putrequest("POST", "/predict")
    connection.putheader("x-palantir-secret", SECRET)
    connection.putheader("content-length", str((16 << 20) + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    # Chunked, so that nothing tells the size before.
    connection = http.client.HTTPConnection("127.0.0.1", replica("classifier").port, timeout=10)
    chunks = (b" " * (1 << 20) for _ in range(20))
    try:
        connection.request("POST", "/predict", chunks, {"x-palantir-secret": SECRET}, encode_chunked=True)
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # It stopped reading.
    connection.close()
    assert replica("classifier").predict([ROW])


def test_ids_of_all_kinds_come_back(replica):
    ids = ["", " ", "São", "\ud800", 'a"b\\', "0042", 42, -1, 2**70, "\u0000"]
    status, body = replica("classifier").post([{**ROW, "id": id} for id in ids])
    assert status == 200 and list(json.loads(body)["predictions"]) == [str(id) for id in ids]


def test_a_connection_stays_open(replica):
    connection = http.client.HTTPConnection("127.0.0.1", replica("classifier").port, timeout=10)
    headers = {"x-palantir-secret": SECRET}
    for wait in (0, 6, 0):
        time.sleep(wait)
        connection.request("POST", "/predict", json.dumps({"values": [ROW]}), headers)
        response = connection.getresponse()
        assert response.status == 200 and response.read()
        kept = connection.sock
        assert kept is not None
    connection.close()


def test_what_is_not_http_does_no_harm(replica):
    with socket.create_connection(("127.0.0.1", replica("classifier").port)) as raw:
        raw.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert b"400" in raw.recv(1000)
    assert replica("classifier").predict([ROW])


def test_health_answers_while_the_model_predicts(replica):
    with concurrent.futures.ThreadPoolExecutor() as threads:
        slow = threads.submit(replica("Moody").predict, [{"id": 1, "do": "sleep1.5"}])
        time.sleep(0.5)
        started = time.monotonic()
        health = json.loads(replica("Moody").request("GET", "/health")[1])
        assert time.monotonic() - started < 0.5
        assert health["predicting_s"] > 0.2
        assert slow.result()


def test_requests_that_come_meanwhile_are_merged(replica):
    with concurrent.futures.ThreadPoolExecutor(10) as threads:
        slow = threads.submit(replica("Moody").predict, [{"id": 1, "do": "sleep1"}])
        time.sleep(0.4)
        others = [threads.submit(replica("Moody").predict, [{"id": n, "do": "count"}]) for n in range(8)]
        assert slow.result() == {"1": {"prediction": 1}}
        assert [other.result() for other in others] == [{str(n): {"prediction": 8}} for n in range(8)]


def test_a_bad_row_fails_only_its_own_request(replica):
    with concurrent.futures.ThreadPoolExecutor(10) as threads:
        slow = threads.submit(replica("Moody").predict, [{"id": 1, "do": "sleep1"}])
        time.sleep(0.4)
        whats = ["count", "private", "count", 7, "sys.exit", "interrupt"]
        others = [threads.submit(replica("Moody").post, [{"id": 1, "do": what}]) for what in whats]
        assert slow.result()
        assert [other.result()[0] for other in others] == [200, 500, 200, 422, 500, 500]
    assert replica("Moody").predict([{"id": 1, "do": "count"}]) == {"1": {"prediction": 1}}


def test_a_late_request_is_answered_and_not_predicted(replica, shared):
    before = shared.log_of("shared Moody").count("a print of the model")
    with concurrent.futures.ThreadPoolExecutor(10) as threads:
        slow = threads.submit(replica("Moody").predict, [{"id": 1, "do": "sleep1.5"}])
        time.sleep(0.4)
        started = time.monotonic()
        late = replica("Moody").post([{"id": 1, "do": "print"}], headers={"x-request-timeout-ms": "300"})
        assert late[0] == 504 and time.monotonic() - started < 0.8
        assert slow.result()
    assert replica("Moody").predict([{"id": 1, "do": "count"}])
    assert shared.log_of("shared Moody").count("a print of the model") == before


def test_feature_values_are_in_no_error_and_no_log(replica, shared):
    rows = [{"id": 1, "do": "private-4711"}, {"id": 2, "do": "private-4711"}]
    error = replica("Moody").refuse(rows, 500)
    assert error.startswith("the model failed with ValueError at ")
    error = replica("Moody").refuse([{"id": 1, "do": "sys.exit"}], 500)
    assert error.startswith("the model failed with SystemExit")
    refused = replica("churn").refuse([{"id": 1, "city": "private-4711"}])
    row = {"tenure_months": 1, "contract": "private-4711", "plan": "x", "paperless": 1, "signup_date": "private-4711"}
    failed = replica("churn").refuse([{"id": 1, **row}], 500)
    assert "missing" in refused and "ValueError" in failed
    for text in (error, refused, failed, shared.log_of("shared Moody"), shared.log_of("shared churn")):
        assert "4711" not in text and "private-value" not in text
    assert "prediction failed: ValueError at" in shared.log_of("shared Moody")
    assert "caused by KeyError" in shared.log_of("shared Moody")
