"""Ids, and how many of them go into one request."""

from __future__ import annotations

import json
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from palantir_client.predictions import EntityID

#: The most ids that a hub takes in one request.
MOST_IDS = 10_000
#: A hub takes bodies of 1 MiB; the fields around the ids need some of it.
MOST_BYTES = 1_000_000

Features = Mapping[str, Any]


@dataclass(frozen=True)
class Chunk:
    """The ids of one request, and what is to replace their looked-up features."""

    ids: Sequence[EntityID]
    features: Mapping[EntityID, Features]

    def body(self, model: str, alias: str | None, version: int | None) -> bytes:
        """The request that asks for it."""
        message: dict[str, Any] = {"model_name": model, "ids": list(self.ids)}
        if alias is not None:
            message["alias"] = alias
        if version is not None:
            message["version"] = version
        if self.features:
            message["features"] = {str(each): features for each, features in self.features.items()}
        return as_json(message)


def checked_ids(ids: Iterable[Any]) -> list[EntityID]:
    """The ids as texts and integers, each once; numpy's integers become Python's."""
    if isinstance(ids, (str, bytes, int)):
        raise TypeError(f"ids is a list of ids; for one id: [{ids!r}]")
    return list(dict.fromkeys(checked_id(each) for each in ids))


def checked_id(value: Any) -> EntityID:
    """One id: a text, or an integer that stands for its decimal text."""
    if isinstance(value, str):
        return value
    if not isinstance(value, bool):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise TypeError(
        f"an id is a text or an integer, not {value!r} of type {type(value).__name__}"
        + ("; in pandas, .astype('Int64') makes integers of them" if isinstance(value, float) else ""))


def chunks(ids: Sequence[EntityID], features: Mapping[EntityID, Features] | None = None) -> Iterator[Chunk]:
    """The ids in their order, as few requests as a hub takes them in."""
    # Features are looked up by text, since 42 and "42" are one entity.
    given = {str(each): value for each, value in (features or {}).items()}
    unknown = given.keys() - {str(each) for each in ids}
    if unknown:
        raise ValueError(f"features are given for {sorted(unknown)[0]!r}, which is not among the ids")
    taken: list[EntityID] = []
    size = 0
    for each in ids:
        more = len(as_json(each)) + 1
        if str(each) in given:
            more += len(as_json({str(each): given[str(each)]}))
        if taken and (len(taken) == MOST_IDS or size + more > MOST_BYTES):
            yield made_of(taken, given)
            taken, size = [], 0
        taken.append(each)
        size += more
    if taken:
        yield made_of(taken, given)


def made_of(ids: list[EntityID], features: Mapping[str, Features]) -> Chunk:
    """The ids with those of the features that are theirs."""
    return Chunk(ids, {str(each): features[str(each)] for each in ids if str(each) in features})


def as_json(value: Any) -> bytes:
    """JSON in UTF-8. NaN is no JSON, and a hub would refuse it: told here, by Python's own ValueError."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
