"""What replicas of all kinds of models answer."""

import json

import numpy as np
import pandas as pd
import pytest

ROW = {"id": 1, "a": 0.5, "b": 1}


def test_a_classifier_answers_with_the_probability_of_each_class(replica):
    answer = replica("classifier").predict([ROW, {"id": "two", "a": -3.0, "b": -1.0}])
    assert answer.keys() == {"1", "two"} and answer["1"].keys() == {"0", "1"}
    assert answer["1"]["1"] > 0.9 and answer["two"]["0"] > 0.9
    assert sum(answer["1"].values()) == pytest.approx(1)


def test_the_example_of_a_model_is_answered_before_it_listens(replica):
    assert replica("classifier").event["example"] == "answered"
    assert replica("tensor").event["example"] == "answered"
    assert replica("Texts").event["example"] == "answered"
    assert replica("regressor").event["example"] == "none"


def test_the_churn_example_answers_as_its_pipeline_does(replica, models):
    frame, expected = pd.read_pickle(models / "churn.expected")
    rows = json.loads(frame.to_json(orient="records"))
    answer = replica("churn").predict([{"id": n, **row} for n, row in enumerate(rows)])
    got = [[answer[str(n)]["0"], answer[str(n)]["1"]] for n in range(len(rows))]
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_columns_that_the_model_does_not_know_are_dropped(replica):
    for name in ("classifier", "unsigned"):
        plain = replica(name).predict([ROW])
        assert replica(name).predict([{"z": "text", **ROW, "c": None}]) == plain


def test_a_model_without_names_takes_the_columns_in_order(replica):
    for name in ("unnamed", "tensor"):
        assert replica(name).predict([ROW])["1"]["1"] > 0.9
        assert "takes 2 features, the row has 3" in replica(name).refuse([{**ROW, "c": 1}])


def test_labels_are_texts(replica):
    assert replica("text_labels").predict([ROW])["1"].keys() == {"leaves", "stays"}
    assert replica("bool_labels").predict([ROW])["1"].keys() == {"false", "true"}


def test_without_probabilities_the_class_is_the_prediction(replica):
    assert replica("no_probabilities").predict([ROW]) == {"1": {"prediction": "leaves"}}
    assert replica("multi_output").predict([ROW]) == {"1": {"0": 1, "1": 0}}


def test_a_regressor_answers_with_a_number(replica):
    assert replica("regressor").predict([ROW])["1"]["prediction"] == pytest.approx(2.0)


def test_outputs_of_pyfunc_models(replica):
    rows = [{"id": n, "x": n} for n in (3, 1, 2)]
    assert replica("Frame").predict(rows)["3"] == {"low": 2.0, "high": 4.0}
    assert replica("Sorted").predict(rows) == {str(n): {"double": n * 2.0} for n in (3, 1, 2)}
    assert replica("Columns").predict(rows)["2"] == {"a": 2.0, "b": "2.0"}
    assert replica("Columns").predict(rows[:1])["3"] == {"a": 3.0, "b": "3.0"}
    assert replica("Texts").predict([{"id": 1, "t": "olá"}, {"id": 2, "t": "b"}]) == {
        "1": {"prediction": "OLÁ"},
        "2": {"prediction": "B"},
    }


def test_a_model_that_answers_once_a_call_is_asked_row_by_row(replica):
    rows = [{"id": n, "x": n} for n in (3, 1)]
    expected = {str(n): {"prediction": f"It is {n}.0 – olá"} for n in (3, 1)}
    assert replica("Text").predict(rows[:1]) == {"3": expected["3"]}
    assert replica("Text").predict(rows) == expected
    answer = replica("Chat").predict(rows)
    assert answer["1"] == {"choices": [{"message": {"content": "x=1.0"}}], "model": "m"}
    assert answer["3"]["choices"][0]["message"]["content"] == "x=3.0"


def test_chat_models_and_models_with_type_hints(replica):
    messages = {n: [{"role": "user", "content": f"hi {n}"}] for n in (1, 2)}
    answer = replica("Parrot").predict([{"id": n, "messages": messages[n]} for n in messages])
    assert [answer[n]["choices"][0]["message"]["content"] for n in ("1", "2")] == ["HI 1", "HI 2"]
    answer = replica("Pairs").predict([{"id": 1, "a": 1, "b": "x", "c": 0}, {"id": 2, "a": 2}])
    assert answer == {"1": {"prediction": "1 x"}, "2": {"prediction": "2 None"}}
    assert replica("Pairs").refuse([{"id": 1, "b": "x"}]) == "the feature a is missing"


def test_a_model_may_have_files_called_as_ours_are(replica):
    answer = replica("OwnModules").predict([{"id": 1, "x": 1}])
    assert answer == {"1": {"prediction": "own answers own features"}}


def test_what_json_has_no_number_for_is_null_and_logged_once(replica, shared):
    for _ in range(2):
        assert replica("Gaps").predict([{"id": 1, "x": 1}])["1"] == {"nan": None, "inf": None, "x": 1.0}
    assert shared.log_of("shared Gaps").count("NaN") == 1


def test_outputs_that_cannot_be_answers_are_errors(replica):
    rows = [{"id": 1, "x": 1}, {"id": 2, "x": 1}]
    assert replica("TooFew").refuse(rows, 500) == "the model answered 2 rows with 3 predictions"
    assert "holds a object" in replica("Strange").refuse(rows, 500)


TYPES = {
    "boolean": 1,
    "integer": 2,
    "long": 2.0,
    "float": 1,
    "double": 3,
    "string": "t",
    "datetime": "2024-05-16T10:20:30.123",
    "binary": "AAE=",
}


def test_values_become_what_the_signature_says(replica):
    answer = replica("Types").predict([{"id": 1, **TYPES}])["1"]
    assert answer == {
        "boolean": "bool True",
        "integer": "int32 2",
        "long": "int64 2",
        "float": "float32 1.0",
        "double": "float64 3.0",
        "string": "object t",
        "datetime": "datetime64[ns] 2024-05-16 10:20:30.123000",
        "binary": "object b'\\x00\\x01'",
    }
    nulls = {"boolean": None, "float": None, "double": None, "datetime": None, "binary": None}
    answer = replica("Types").predict([{"id": 1, **TYPES, **nulls, "string": None}])["1"]
    assert answer["double"] == "float64 nan" and answer["boolean"] == "object None"
    assert answer["datetime"] == "datetime64[ns] NaT" and answer["string"] == "object None"
    optional = {name: value for name, value in TYPES.items() if name != "string"}
    assert "string" not in replica("Types").predict([{"id": 1, **optional}])["1"]


@pytest.mark.parametrize(
    "name, value, sentence",
    [
        ("boolean", 2, "must be true or false"),
        ("integer", 2**31, "is out of range"),
        ("long", 2.5, "must be an integer"),
        ("long", None, "must not be null"),
        ("long", "7", "must be a number"),
        ("double", "private", "must be a number"),
        ("double", 10**400, "is out of range"),
        ("string", 7, "must be a text"),
        ("datetime", "private", "must be a date"),
        ("datetime", 7, "must be a date"),
        ("binary", "private!", "must be base64 text"),
    ],
)
def test_values_that_do_not_fit_are_refused_by_name(replica, name, value, sentence):
    assert replica("Types").refuse([{"id": 1, **TYPES, name: value}]) == f"the feature {name} {sentence}"


def test_missing_features_are_named(replica):
    assert replica("classifier").refuse([{"id": 1, "a": 1}]) == "the feature b is missing"
    assert replica("unsigned").refuse([{"id": 1}]) == "the features a, b are missing"
    assert "the rows do not all have" in replica("unnamed").refuse([ROW, {"id": 2, "a": 1}])
