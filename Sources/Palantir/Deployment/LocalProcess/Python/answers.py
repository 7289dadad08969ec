"""What models answer → labels and values of each row, as JSON has them."""

import base64
import datetime
import math
import typing
from collections.abc import Mapping

import numpy as np
import pandas as pd

from palantir_scorer import failures
from palantir_scorer.failures import PredictionError

Labels = dict[str, typing.Any]
ONLY = "prediction"  # The label where the model has only one.


class OneAnswer(PredictionError):
    """The model has answered several rows with one answer, as language models do."""

    def __init__(self, kind: str) -> None:
        super().__init__(500, f"the model answered several rows with one {kind}")


def labels_of(output: typing.Any, count: int) -> list[Labels]:
    """The labels of each of the `count` rows that the model was given."""
    if hasattr(output, "toarray"):
        output = output.toarray()  # A sparse matrix.
    if isinstance(output, (pd.DataFrame, pd.Series)):
        output = in_order_of_rows(output)
    if isinstance(output, pd.DataFrame):
        check_count(len(output), count)
        names = [label_text(name) for name in output.columns]
        columns = [values_of(output.iloc[:, position]) for position in range(len(names))]
        return by_row(names, columns, count)
    if isinstance(output, pd.Series):
        output = values_of(output)
    if isinstance(output, np.ndarray):
        return labels_of_array(output, count)
    if isinstance(output, Mapping):
        return labels_of_mapping(output, count)
    if isinstance(output, (list, tuple)):
        check_count(len(output), count)
        return [plain(item) if isinstance(item, Mapping) else {ONLY: plain(item)} for item in output]
    value = plain(output)
    if count > 1:
        raise OneAnswer(type(output).__name__)
    return [{ONLY: value}]


def labels_of_array(output: np.ndarray, count: int) -> list[Labels]:
    if output.ndim == 0:
        return labels_of(output.item(), count)
    check_count(len(output), count)
    values = plain(output)
    if output.ndim == 2:
        names = [str(position) for position in range(output.shape[1])]
        return [dict(zip(names, row)) for row in values]
    return [{ONLY: value} for value in values]


def labels_of_mapping(output: Mapping, count: int) -> list[Labels]:
    columns = [values_of(values) for values in output.values()]
    # A language model's answer to one row may hold lists too, but of objects, or not only lists.
    if columns and all(
        isinstance(values, (list, tuple, np.ndarray))
        and np.ndim(values) != 0
        and len(values) == count
        and not any(isinstance(value, Mapping) for value in values)
        for values in columns
    ):
        return by_row([label_text(name) for name in output], [plain(values) for values in columns], count)
    if count > 1:
        raise OneAnswer("object")
    return [plain(output)]


def labels_of_probabilities(probabilities: np.ndarray, classes: list[str], count: int) -> list[Labels]:
    check_count(len(probabilities), count)
    return [dict(zip(classes, row)) for row in plain(probabilities)]


def in_order_of_rows(output: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    """A model that sorts its answers keeps their index, which says whose each is."""
    index = output.index
    if index.is_unique and not index.equals(pd.RangeIndex(len(index))) and set(index) == set(range(len(index))):
        return output.loc[range(len(index))]
    return output


def values_of(values: typing.Any) -> typing.Any:
    if isinstance(values, pd.Series):
        # Types of pandas' own (dates with a zone, categories) come as objects.
        return values.to_numpy() if isinstance(values.dtype, np.dtype) else values.astype(object).to_numpy()
    return values


def by_row(names: list[str], columns: list, count: int) -> list[Labels]:
    if len(set(names)) < len(names):
        raise PredictionError(500, "the model's output has two columns of one name")
    columns = [plain(values) for values in columns]
    return [dict(zip(names, (values[row] for values in columns))) for row in range(count)]


def check_count(got: int, count: int) -> None:
    if got != count:
        raise PredictionError(500, f"the model answered {count} rows with {got} predictions")


def label_text(label: typing.Any) -> str:
    """A class or a column's name, as text; like JSON where JSON has it."""
    if isinstance(label, np.generic):
        label = label.item()
    if isinstance(label, bool):
        return "true" if label else "false"
    return str(label)


def plain(value: typing.Any) -> typing.Any:
    """The value as json.dumps takes it. Not finite is null, for which JSON has no number."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "biu" or (value.dtype.kind == "f" and np.isfinite(value).all()):
            return value.tolist()
        if value.dtype.kind == "M":
            return [plain(pd.Timestamp(item)) for item in value] if value.ndim == 1 else [plain(row) for row in value]
        return [plain(item) for item in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.datetime64):
        return plain(pd.Timestamp(value))
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        failures.log_once("the model answered NaN or an infinite number; JSON has none, so the caller gets null")
        return None
    if isinstance(value, Mapping):
        return {label_text(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, pd.Series)):
        return [plain(item) for item in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    raise PredictionError(500, f"the model's output holds a {type(value).__name__}, for which JSON has nothing")
