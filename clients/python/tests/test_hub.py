"""Both clients against a real hub with a real model."""

import json
import os
import signal
import threading
import urllib.request

import pandas
import pytest
from palantir_client import Palantir, errors
from stack import CUSTOMERS


def ask_model(stack, row):
    """What the model itself says of a row."""
    request = urllib.request.Request(
        stack.api, json.dumps({"values": [row]}).encode(), {"content-type": "application/json"})
    return json.load(urllib.request.urlopen(request))["predictions"][str(row["id"])]


def close_to(labels):
    """scikit-learn's last digit depends on how many rows came in one call."""
    return pytest.approx(labels, abs=1e-9)


def test_a_prediction_is_the_model_s_own(client, stack):
    hub = client(stack.open_hub.url)
    predictions = hub.predict("churn", [42, "43"])
    assert list(predictions) == [42, "43"]
    assert predictions[42] == close_to(ask_model(stack, hub.features("churn", 42)))
    assert predictions["43"] == close_to(ask_model(stack, hub.features("churn", "43")))
    assert predictions.model_version == 1
    assert predictions.errors == {}
    assert hub.predict_one("churn", 42) == close_to(predictions[42])


@pytest.mark.parametrize("how", [{"alias": "champion"}, {"version": 1}])
def test_a_version_may_be_named(client, stack, how):
    hub = client(stack.open_hub.url)
    expected = close_to(hub.predict_one("churn", 42))
    assert hub.predict_one("churn", 42, **how) == expected
    assert hub.predict_one("churn@champion", 42) == expected
    with pytest.raises(errors.VersionNotFound):
        hub.predict("churn", [42], version=9)


def test_features_replace_those_of_their_row(client, stack):
    hub = client(stack.open_hub.url)
    replaced = close_to(ask_model(stack, hub.features("churn", 43) | {"support_calls": 9}))
    predictions = hub.predict("churn", [42, 43], features={43: {"support_calls": 9}})
    assert predictions[42] == close_to(hub.predict_one("churn", 42))
    assert predictions[43] == replaced
    assert hub.predict_one("churn", 43, features={"support_calls": 9}) == replaced


def test_more_ids_than_a_request_takes(client, stack):
    predictions = client(stack.open_hub.url).predict("churn", range(1, CUSTOMERS + 1))
    assert list(predictions) == list(range(1, CUSTOMERS + 1))
    assert len(predictions.request_ids) == 2
    assert all(abs(labels["0"] + labels["1"] - 1) < 1e-9 for labels in predictions.values())


def test_ids_that_fail_are_an_error_with_the_others(client, stack):
    with pytest.raises(errors.SomeFailed, match="1 of 2 ids failed; the first, 'nobody'") as raised:
        client(stack.open_hub.url).predict("churn", [42, "nobody"])
    assert list(raised.value.predictions) == [42]
    assert isinstance(raised.value.errors["nobody"], errors.EntityNotFound)


def test_ids_that_fail_may_be_allowed(client, stack):
    # The second request holds none that is there.
    absent = range(CUSTOMERS + 1, CUSTOMERS + 3)
    predictions = client(stack.open_hub.url).predict(
        "churn", [*range(1, 10_000), "nobody", *absent], allow_partial=True)
    assert len(predictions) == 9_999
    assert list(predictions.errors) == ["nobody", *absent]
    assert {type(each) for each in predictions.errors.values()} == {errors.EntityNotFound}
    assert "All 2 ids" in str(predictions.errors[absent[1]])


def test_all_that_fail_are_the_error_itself(client, stack):
    with pytest.raises(errors.EntityNotFound, match='holds no entity "nobody"'):
        client(stack.open_hub.url).predict("churn", ["nobody"])


def test_a_data_frame(client, stack):
    predictions = client(stack.open_hub.url).predict("churn", [42, 43])
    frame = predictions.to_pandas()
    assert (frame.index.name, list(frame.index), list(frame.columns)) == ("id", [42, 43], ["0", "1"])
    assert frame.loc[43, "1"] == predictions[43]["1"]
    joined = pandas.DataFrame({"name": ["Ana", "Rui"]}, index=[42, 43]).join(frame)
    assert joined.loc[42, "1"] == predictions[42]["1"]


def test_no_ids_are_no_request(client):
    predictions = client("http://127.0.0.1:9").predict("churn", [])
    assert predictions == {} and predictions.to_pandas().empty


def test_what_the_hub_knows(client, stack):
    hub = client(stack.open_hub.url)
    assert [each["name"] for each in hub.models()] == ["churn"]
    assert hub.model("churn@champion")["servable"] is True
    assert hub.features("churn", 42)["id"] == 42
    assert hub.deployments() == []
    with pytest.raises(errors.ModelNotFound):
        hub.model("50% off?")
    with pytest.raises(errors.EntityNotFound):
        hub.features("churn", "a/b")


def test_key_authority_and_address_come_from_the_environment(client, stack, monkeypatch):
    monkeypatch.setenv("PALANTIR_URL", stack.guarded_hub.url)
    monkeypatch.setenv("PALANTIR_API_KEY", stack.key + "\n")
    monkeypatch.setenv("PALANTIR_CA_FILE", str(stack.certificate))
    assert set(client().predict("churn", [42])) == {42}


def test_who_may_not_is_told_so(client, stack):
    guarded = {"url": stack.guarded_hub.url, "ca_file": str(stack.certificate)}
    with pytest.raises(errors.Unauthenticated):
        client(**guarded).predict("churn", [42])
    with pytest.raises(errors.PermissionDenied):
        client(**guarded, key=stack.slow_key).models()


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(client, stack):
    with pytest.raises(errors.UnexpectedAnswer, match="ca_file"):
        client(stack.guarded_hub.url, stack.key).predict("churn", [42])


def test_a_caller_over_its_rate_waits(client, stack):
    guarded = {"url": stack.guarded_hub.url, "key": stack.slow_key, "ca_file": str(stack.certificate)}
    hurried = client(**guarded, retries=0)
    with pytest.raises(errors.RateLimited) as raised:
        for _ in range(10):
            hurried.predict("churn", [42])
    assert raised.value.retry_after >= 1
    patient = client(**guarded, retries=5)
    assert [set(patient.predict("churn", [42])) for _ in range(3)] == [{42}] * 3


def test_a_hub_that_is_killed_and_comes_back_is_not_noticed(client, stack):
    hub = stack.start_hub("mortal")
    asking = client(hub.url)
    asking.predict("churn", [42])
    os.kill(hub.process.pid, signal.SIGKILL)
    hub.process.wait()
    stack.processes.running.remove(hub.process)
    back = threading.Timer(0.3, stack.start_hub, ("mortal", hub.port))
    back.start()
    assert set(asking.predict("churn", [42])) == {42}
    back.join()


def test_threads_share_a_client(stack):
    with Palantir(stack.open_hub.url) as hub:
        answers = {}

        def ask(number):
            answers[number] = [hub.predict_one("churn", number) for _ in range(5)]
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 17)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        expected = hub.predict("churn", range(1, 17))
    assert answers == {number: [close_to(expected[number])] * 5 for number in range(1, 17)}


def test_the_key_is_never_shown(stack):
    with Palantir(stack.open_hub.url, "secret-7731") as hub:
        assert "7731" not in repr(hub) + repr(hub._settings)


@pytest.mark.parametrize("arguments", [
    {"url": "palantir://127.0.0.1"}, {"url": "http://user:password@127.0.0.1"}, {"url": "127.0.0.1:3000"}, {"timeout": 0},
    {"retries": -1}])
def test_wrong_arguments_are_told_where_they_are_written(arguments):
    with pytest.raises(ValueError):
        Palantir(**arguments)
