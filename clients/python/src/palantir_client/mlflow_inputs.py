"""What MLflow's users hand to `predict`, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from palantir_client.chunks import Features, checked_id, checked_ids
from palantir_client.predictions import EntityID

FORMS = (
    "inputs is a list of ids, a DataFrame with a column id, a list of rows with an id, or a dict with ids (or id) and, if "
    "wanted, features, alias and version")


@dataclass(frozen=True)
class Inputs:
    """Who is asked about, with which features replaced, by which version."""

    ids: list[EntityID]
    features: dict[EntityID, Features]
    alias: str | None = None
    version: int | None = None

    @classmethod
    def of(cls, inputs: Any) -> Inputs:
        """Raises TypeError or ValueError for what is none of the forms."""
        # By what it can do and not by its type: pandas need not be here.
        if hasattr(inputs, "to_dict") and hasattr(inputs, "columns"):
            named = inputs if "id" in inputs.columns else inputs.reset_index()
            if "id" not in named.columns:
                raise ValueError("the DataFrame has no column id, and no index of that name")
            # Column by column, since rows of mixed types would make floats of integers.
            columns = {str(name): named[name].tolist() for name in named.columns}
            return cls.of_rows([dict(zip(columns, row)) for row in zip(*columns.values())])
        if isinstance(inputs, Mapping):
            return cls.of_message(inputs)
        if hasattr(inputs, "tolist"):
            inputs = inputs.tolist()
        if isinstance(inputs, (list, tuple)):
            if inputs and all(isinstance(each, Mapping) for each in inputs):
                return cls.of_rows(inputs)
            return cls([checked_id(each) for each in inputs], {})
        raise TypeError(FORMS)

    @classmethod
    def of_rows(cls, rows: Sequence[Any]) -> Inputs:
        """A row an entity; what it holds beside `id` replaces the looked-up feature of that name."""
        if not all("id" in row for row in rows):
            raise ValueError("each row needs an id")
        ids = [checked_id(row["id"]) for row in rows]
        if len(set(map(str, ids))) < len(ids) and any(len(row) > 1 for row in rows):
            raise ValueError("an id stands twice, with features for each: ask for them one after the other")
        features = {
            each: {name: plain(value) for name, value in row.items() if name != "id" and not is_missing(value)}
            for each, row in zip(ids, rows)}
        return cls(ids, {each: given for each, given in features.items() if given})

    @classmethod
    def of_message(cls, message: Mapping[str, Any]) -> Inputs:
        """A hub's own request, without the model's name."""
        unknown = message.keys() - {"id", "ids", "features", "alias", "version"}
        if unknown or ("id" in message) == ("ids" in message):
            raise ValueError(FORMS)
        if "id" in message:
            ids: list[EntityID] = [checked_id(message["id"])]
            features = {ids[0]: message["features"]} if message.get("features") else {}
        else:
            ids = checked_ids(message["ids"])
            features = dict(message.get("features") or {})
        return cls(ids, features, message.get("alias"), message.get("version"))


def plain(value: Any) -> Any:
    """A value as JSON has it: numpy's scalars become Python's, dates ISO 8601 text."""
    if hasattr(value, "item"):
        value = value.item()
    return value.isoformat() if hasattr(value, "isoformat") else value


def is_missing(value: Any) -> bool:
    """None, NaN, and pandas' NA and NaT: such a feature is looked up like any other."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and value != value)
