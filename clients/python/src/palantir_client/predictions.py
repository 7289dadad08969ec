"""What a prediction comes as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Union

from palantir_client.errors import PalantirError, SomeFailed

if TYPE_CHECKING:
    import pandas

#: The id of an entity: an integer stands for its decimal text.
EntityID = Union[str, int]
#: A model's labels, as it wrote them.
Labels = dict[str, Any]


class Predictions(dict[EntityID, Labels]):
    """The labels of each entity by its id, as it was asked for and in that order.

    `errors` holds those that failed, where `allow_partial` was asked for; `model_version` is the version that answered, None
    for a model without versions. Where the ids took several requests and versions changed meanwhile, it is the last one's.
    """

    def __init__(self) -> None:
        super().__init__()
        self.errors: dict[EntityID, PalantirError] = {}
        self.model_version: int | None = None
        self.request_ids: list[str] = []

    def to_pandas(self) -> pandas.DataFrame:
        """A row an entity, a column a label; the index is `id`. Entities that failed have no row."""
        import pandas

        index = pandas.Index(list(self), name="id", dtype=None if len(self) else object)
        return pandas.DataFrame(list(self.values()), index=index)

    def raise_if_some_failed(self) -> None:
        """What `predict` does without `allow_partial`."""
        if not self.errors:
            return
        first_id, first = next(iter(self.errors.items()))
        raise SomeFailed(
            f"{len(self.errors)} of {len(self.errors) + len(self)} ids failed; the first, {first_id!r}: {first}",
            predictions=self, errors=self.errors, status=200, request_id=first.request_id)


def labels_by_text(answer: Mapping[str, Any]) -> Mapping[str, Labels]:
    """The member `predictions` of an answer."""
    predictions: Mapping[str, Labels] = answer["predictions"]
    return predictions
