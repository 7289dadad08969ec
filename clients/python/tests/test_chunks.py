"""Ids and requests."""

import json

import numpy
import pandas
import pytest
from palantir_client.chunks import MOST_BYTES, checked_ids, chunks


@pytest.mark.parametrize(["ids", "expected"], [
    ([42, "43"], [42, "43"]), ((7, 7, "7"), [7, "7"]), (numpy.array([1, 2]), [1, 2]),
    (pandas.Series(["a", "b"]), ["a", "b"]), (range(3), [0, 1, 2]), ([], [])])
def test_ids_are_texts_and_integers_each_once(ids, expected):
    checked = checked_ids(ids)
    assert checked == expected
    assert {type(each) for each in checked} <= {int, str}


@pytest.mark.parametrize("ids", ["42", 42, b"42", [4.0], [None], [True], [b"42"]])
def test_what_is_no_list_of_ids_is_refused(ids):
    with pytest.raises(TypeError):
        checked_ids(ids)


def test_ten_thousand_ids_go_into_a_request():
    assert [len(chunk.ids) for chunk in chunks(range(25_000))] == [10_000, 10_000, 5_000]


def test_a_request_is_smaller_than_a_hub_takes():
    made = list(chunks([f"{number:0500}" for number in range(5_000)]))
    assert sum(len(chunk.ids) for chunk in made) == 5_000
    assert len(made) == 3
    assert all(len(chunk.body("churn", None, None)) < 1 << 20 for chunk in made)


def test_features_count_too():
    features = {number: {"text": "x" * 1000} for number in range(3_000)}
    made = list(chunks(range(3_000), features))
    assert all(len(chunk.body("churn", "champion", None)) < MOST_BYTES + 1000 for chunk in made)
    merged = {key for chunk in made for key in json.loads(chunk.body("churn", None, None))["features"]}
    assert merged == {str(number) for number in range(3_000)}


def test_features_go_with_their_ids():
    first, second = chunks([*range(10_000), "last"], {"last": {"calls": 9}})
    assert not first.features
    assert json.loads(second.body("churn", None, 3)) == {
        "model_name": "churn", "ids": ["last"], "version": 3, "features": {"last": {"calls": 9}}}


def test_features_of_an_id_that_is_not_asked_are_refused():
    with pytest.raises(ValueError, match="'9'"):
        list(chunks([1], {9: {}}))


def test_what_is_no_json_is_refused():
    with pytest.raises(ValueError):
        list(chunks([1], {1: {"charge": float("nan")}}))
