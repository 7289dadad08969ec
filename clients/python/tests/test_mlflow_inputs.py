"""What MLflow's users hand over."""

import datetime

import numpy
import pandas
import pytest
from palantir_client.mlflow_inputs import Inputs

DAY = datetime.date(2025, 6, 30)


@pytest.mark.parametrize(["inputs", "expected"], [
    ([42, "43"], Inputs([42, "43"], {})),
    (numpy.array([1, 2]), Inputs([1, 2], {})),
    (pandas.Series([1, 2]), Inputs([1, 2], {})),
    ({"id": 42, "features": {"calls": 9}}, Inputs([42], {42: {"calls": 9}})),
    ({"ids": [42, 43], "alias": "champion"}, Inputs([42, 43], {}, "champion")),
    ({"ids": [42], "version": 2}, Inputs([42], {}, None, 2)),
    ([{"id": 42, "calls": 9}, {"id": 43}], Inputs([42, 43], {42: {"calls": 9}})),
    (pandas.DataFrame({"id": [42, 43]}), Inputs([42, 43], {})),
    (pandas.DataFrame({"calls": [9]}, index=pandas.Index([42], name="id")), Inputs([42], {42: {"calls": 9}})),
    (pandas.DataFrame({"id": [1, 2], "calls": [9, None], "day": [DAY, pandas.NaT]}),
     Inputs([1, 2], {1: {"calls": 9.0, "day": "2025-06-30"}})),
    (pandas.DataFrame({"id": [1], "charge": [numpy.float32(0.5)], "calls": [3]}),
     Inputs([1], {1: {"charge": 0.5, "calls": 3}}))], ids=str)
def test_forms(inputs, expected):
    assert Inputs.of(inputs) == expected


@pytest.mark.parametrize("inputs", [
    None, "42", 42, {}, {"id": 1, "ids": [1]}, {"ids": [1], "inputs": [1]}, [{"calls": 1}],
    pandas.DataFrame({"calls": [1]}), pandas.DataFrame({"id": [1.5]}),
    pandas.DataFrame({"id": [1, 1], "calls": [1, 2]})], ids=str)
def test_anything_else_is_refused(inputs):
    with pytest.raises((TypeError, ValueError)):
        Inputs.of(inputs)
