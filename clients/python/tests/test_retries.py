"""What is tried again, when, and what is not."""

import socket
import time

import pytest
from palantir_client import errors
from palantir_client.attempts import Attempts
from scripted_server import RESET, answering, error, gateway, predictions


@pytest.mark.parametrize("step", [
    RESET, error(503, "OVERLOADED", retry_after="0"), error(503, "MODEL_SUSPENDED", retry_after="0"),
    error(429, "RATE_LIMITED", retry_after="0"), gateway(502), gateway(503)], ids=str)
def test_what_another_attempt_may_mend_is_tried_again(client, step):
    with answering(step, step, predictions("42")) as (url, requests):
        assert client(url).predict("churn", [42]) == {42: {"1": 0.5}}
        assert [body for _, body in requests] == [{"model_name": "churn", "ids": [42]}] * 3


@pytest.mark.parametrize(["status", "code", "kind"], [
    (400, "INVALID_REQUEST", errors.InvalidRequest), (401, "UNAUTHENTICATED", errors.Unauthenticated),
    (404, "MODEL_NOT_FOUND", errors.ModelNotFound), (404, "ENTITY_NOT_FOUND", errors.EntityNotFound),
    (500, "MODEL_MISCONFIGURED", errors.ModelMisconfigured), (502, "MODEL_FAILED", errors.ModelFailed),
    (504, "DEADLINE_EXCEEDED", errors.DeadlineExceeded)])
def test_what_it_cannot_mend_is_asked_once(client, status, code, kind):
    with answering(error(status, code)) as (url, requests):
        with pytest.raises(kind, match=f"It is {code}.") as raised:
            client(url).predict("churn", [42])
        assert (raised.value.code, raised.value.status, raised.value.request_id) == (code, status, "scripted")
        assert len(requests) == 1


def test_an_error_of_a_newer_hub_is_still_one(client):
    with answering(error(418, "TEAPOT")) as (url, _):
        with pytest.raises(errors.PalantirError) as raised:
            client(url).predict("churn", [42])
        assert (type(raised.value), raised.value.code) == (errors.PalantirError, "TEAPOT")


def test_after_the_last_attempt_the_error_is_told(client):
    with answering(*[error(503, "OVERLOADED", retry_after="0")] * 3) as (url, requests):
        with pytest.raises(errors.Overloaded):
            client(url, retries=2).predict("churn", [42])
        assert len(requests) == 3


def test_retry_after_is_waited_for(client):
    with answering(error(503, "OVERLOADED", retry_after="1"), predictions("42")) as (url, _):
        began = time.monotonic()
        client(url).predict("churn", [42])
        assert time.monotonic() - began >= 1


def test_a_longer_retry_after_than_there_is_time_is_not_waited_for(client):
    with answering(error(503, "MODEL_SUSPENDED", retry_after="300")) as (url, _):
        with pytest.raises(errors.ModelSuspended) as raised:
            client(url, timeout=30).predict("churn", [42])
        assert raised.value.retry_after == 300


def test_the_deadline_is_told_and_lessens(client):
    with answering(error(503, "OVERLOADED", retry_after="0"), predictions("42")) as (url, requests):
        client(url).predict("churn", [42], timeout=7)
        first, second = (int(headers["x-request-timeout-ms"]) for headers, _ in requests)
        assert 5000 < first <= 7000 and 0 < second < first


def test_a_hub_that_says_nothing_is_left_when_the_time_is_over(client):
    with answering(lambda: time.sleep(2)) as (url, requests):
        with pytest.raises(errors.DeadlineExceeded, match="within 0.2 s") as raised:
            client(url, timeout=0.2).predict("churn", [42])
        assert raised.value.status is None
        assert len(requests) == 1


def test_where_no_hub_is_it_is_told_so(client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(errors.HubUnreachable, match=url):
        client(url, retries=1).predict("churn", [42])


def test_another_service_is_no_hub(client):
    with answering((200, "hello", {})) as (url, _):
        with pytest.raises(errors.UnexpectedAnswer, match="not as a hub"):
            client(url).predict("churn", [42])


def test_an_answer_without_an_id_is_none(client):
    with answering(predictions("43")) as (url, _):
        with pytest.raises(errors.UnexpectedAnswer, match="nothing of the id '42'"):
            client(url).predict("churn", [42])


def test_pauses_double_up_to_two_seconds_and_differ_by_chance():
    lowest = Attempts(1000, 7, clock=lambda: 0, chance=lambda low, high: low)
    highest = Attempts(1000, 7, clock=lambda: 0, chance=lambda low, high: high)
    error = errors.HubUnreachable("gone")
    assert [lowest.pause_after(error) for _ in range(7)] == [0.05, 0.1, 0.2, 0.4, 0.8, 1, 1]
    assert [highest.pause_after(error) for _ in range(7)] == [0.1, 0.2, 0.4, 0.8, 1.6, 2, 2]
    with pytest.raises(errors.HubUnreachable):
        highest.pause_after(error)


def test_retry_after_is_a_least_pause():
    attempts = Attempts(1000, 1, clock=lambda: 0, chance=lambda low, high: low)
    assert attempts.pause_after(errors.RateLimited("slower", retry_after=5)) == 5
