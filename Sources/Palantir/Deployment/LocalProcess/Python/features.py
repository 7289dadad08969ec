"""Rows as JSON brought them → what the model takes: its columns, in its order, of its types."""

import base64
import binascii
import math
import typing

import numpy as np
import pandas as pd

from palantir_scorer.failures import PredictionError

Row = dict[str, typing.Any]
NUMBERS = {int, float, bool, type(None)}
INTEGERS = {"integer": np.int32, "long": np.int64}
FLOATS = {"float": np.float32, "double": np.float64}


def refusal(sentence: str) -> PredictionError:
    return PredictionError(422, sentence)


class NamedColumns:
    """The signature names columns and types; columns that it does not name are dropped."""

    def __init__(self, columns: list[tuple[str, str, bool]], checked_by_mlflow: bool) -> None:
        self.columns = columns  # Name, MLflow's type, whether it must be there.
        # MLflow takes no integers with gaps, and leaves optional columns out; scikit-learn wants all, and has imputers.
        self.checked_by_mlflow = checked_by_mlflow

    def shape_of(self, rows: list[Row]) -> object:
        return None

    def take(self, rows: list[Row]) -> pd.DataFrame:
        missing = [name for name, _, required in self.columns if required and any(name not in row for row in rows)]
        if missing:
            raise missing_features(missing)
        columns = {}
        for name, type, required in self.columns:
            values = [row.get(name) for row in rows]
            if required or not self.checked_by_mlflow or not is_left_out(name, type, values, rows):
                columns[name] = self.column(name, type, values)
        return pd.DataFrame(columns, index=range(len(rows)))

    def column(self, name: str, type: str, values: list) -> typing.Any:
        if type in INTEGERS:
            return self.integers(name, INTEGERS[type], values)
        if type in FLOATS:
            return floats(name, FLOATS[type], values)
        if type == "boolean":
            return booleans(name, values)
        if type == "string":
            return objects(name, values, lambda value: isinstance(value, str), "a text")
        if type == "datetime":
            return datetimes(name, values)
        if type == "binary":
            return binaries(name, values)
        return pd.Series(values, dtype=object)  # Arrays, objects and maps, which MLflow checks itself.

    def integers(self, name: str, dtype: type, values: list) -> np.ndarray:
        check_numbers(name, values)
        if any(isinstance(value, float) and not value.is_integer() for value in values):
            raise refusal(f"the feature {name} must be an integer")
        if None in values:
            if self.checked_by_mlflow:
                raise refusal(f"the feature {name} must not be null")
            return floats(name, np.float64, values)  # As pandas has integers with gaps.
        limits = np.iinfo(dtype)
        if not all(limits.min <= value <= limits.max for value in values):
            raise refusal(f"the feature {name} is out of range")
        return np.array([int(value) for value in values], dtype=dtype)


class NamesOnly:
    """The model remembers its columns' names but not their types."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def shape_of(self, rows: list[Row]) -> object:
        return None

    def take(self, rows: list[Row]) -> pd.DataFrame:
        missing = [name for name in self.names if any(name not in row for row in rows)]
        if missing:
            raise missing_features(missing)
        return pd.DataFrame({name: [row[name] for row in rows] for name in self.names})


class AsSent:
    """Nothing is known of the columns: all but the id, in the order in which they came."""

    def __init__(self, count: int | None = None, tensor_type: typing.Any = None, numbered: bool = False) -> None:
        self.count = count
        self.tensor_type = tensor_type
        self.numbered = numbered

    def shape_of(self, rows: list[Row]) -> object:
        return tuple(rows[0])  # Merged, a row without a column would get a null there.

    def take(self, rows: list[Row]) -> pd.DataFrame | np.ndarray:
        names = [name for name in rows[0] if name != "id"]
        if any(len(row) != len(rows[0]) or any(name not in row for name in names) for row in rows):
            raise refusal("the rows do not all have the same features")
        if self.count is not None and self.count != len(names):
            raise refusal(f"the model takes {self.count} features, the row has {len(names)}")
        if self.tensor_type is None:
            frame = pd.DataFrame({name: [row[name] for row in rows] for name in names}, index=range(len(rows)))
            return frame.set_axis(range(len(names)), axis=1) if self.numbered else frame
        return np.stack([tensor(name, self.tensor_type, rows) for name in names], axis=1)


class Objects:
    """The model's Python takes a list of objects (a type hint says which): each row is one."""

    def __init__(self, properties: dict[str, bool]) -> None:
        self.properties = properties  # Name, and whether it must be there.

    def shape_of(self, rows: list[Row]) -> object:
        return None

    def take(self, rows: list[Row]) -> list[Row]:
        missing = [name for name, required in self.properties.items() if required and any(name not in r for r in rows)]
        if missing:
            raise missing_features(missing)
        return [{name: row[name] for name in self.properties if name in row} for row in rows]


class NamedTensors:
    """The signature names tensors: a feature is a number, or a list of them."""

    def __init__(self, types: dict[str, typing.Any]) -> None:
        self.types = types

    def shape_of(self, rows: list[Row]) -> object:
        return None

    def take(self, rows: list[Row]) -> dict[str, np.ndarray]:
        missing = [name for name in self.types if any(name not in row for row in rows)]
        if missing:
            raise missing_features(missing)
        return {name: tensor(name, type, rows) for name, type in self.types.items()}


def is_left_out(name: str, type: str, values: list, rows: list[Row]) -> bool:
    """Whether nothing is said of an optional column. Integers have no null that MLflow takes."""
    return all(value is None for value in values) and (type in INTEGERS or all(name not in row for row in rows))


def missing_features(names: list[str]) -> PredictionError:
    if len(names) == 1:
        return refusal(f"the feature {names[0]} is missing")
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return refusal(f"the features {', '.join(names[:5])}{more} are missing")


def check_numbers(name: str, values: list) -> None:
    if not set(map(type, values)) <= NUMBERS:
        raise refusal(f"the feature {name} must be a number")


def floats(name: str, dtype: type, values: list) -> np.ndarray:
    check_numbers(name, values)
    try:
        return np.array([math.nan if value is None else value for value in values], dtype=dtype)
    except OverflowError:
        raise refusal(f"the feature {name} is out of range") from None


def booleans(name: str, values: list) -> np.ndarray | pd.Series:
    """MySQL has 0 and 1 for them."""
    if not all(value is None or (type(value) in NUMBERS and value in (0, 1)) for value in values):
        raise refusal(f"the feature {name} must be true or false")
    values = [None if value is None else bool(value) for value in values]
    return pd.Series(values, dtype=object) if None in values else np.array(values, dtype=bool)


def objects(name: str, values: list, is_right: typing.Callable, what: str) -> pd.Series:
    if not all(value is None or is_right(value) for value in values):
        raise refusal(f"the feature {name} must be {what}")
    return pd.Series(values, dtype=object)


def datetimes(name: str, values: list) -> pd.DatetimeIndex:
    objects(name, values, lambda value: isinstance(value, str), "a date")
    try:
        # MLflow wants them without a time zone, so those that have one become UTC.
        return pd.to_datetime(pd.Series(values, dtype=object), format="ISO8601", utc=True).dt.tz_localize(None)
    except ValueError:
        raise refusal(f"the feature {name} must be a date") from None


def binaries(name: str, values: list) -> pd.Series:
    try:
        decoded = [None if value is None else base64.b64decode(value, validate=True) for value in values]
    except (binascii.Error, ValueError, TypeError):
        raise refusal(f"the feature {name} must be base64 text") from None
    return pd.Series(decoded, dtype=object)


def tensor(name: str, dtype: typing.Any, rows: list[Row]) -> np.ndarray:
    try:
        return np.array([row[name] for row in rows], dtype=dtype)
    except (ValueError, TypeError, OverflowError):
        raise refusal(f"the feature {name} must be of type {dtype}") from None
