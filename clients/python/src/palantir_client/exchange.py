"""Requests to a hub and what its answers mean: no I/O, so both clients share it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from palantir_client.chunks import Chunk
from palantir_client.errors import (
    EntityNotFound, HubUnreachable, PalantirError, UnexpectedAnswer, error_of)
from palantir_client.predictions import Predictions, labels_by_text


def model_path(model: str) -> str:
    """Where a model is described. Names hold any character, also `/`."""
    return f"/models/{quote(model, safe='')}"


def features_path(model: str, entity: Any) -> str:
    """Where an entity's row is."""
    return f"{model_path(model)}/features/{quote(str(entity), safe='')}"


def answer_of(response: httpx.Response) -> Mapping[str, Any]:
    """The answer's object; raises the error that it is."""
    try:
        answer = json.loads(response.content)
    except ValueError:
        answer = None
    if response.status_code == 200 and isinstance(answer, dict):
        return answer
    # Problem details, if a proxy or a user's header asked for them, say `detail` for `error`.
    if isinstance(answer, dict) and isinstance(answer.get("code"), str):
        raise error_of(
            answer["code"], str(answer.get("error") or answer.get("detail") or answer["code"]),
            status=response.status_code, request_id=str(answer.get("request_id") or ""),
            retry_after=seconds(response.headers.get("retry-after")))
    message = f"{response.url} answered with status {response.status_code}, and not as a hub does."
    if response.status_code in (429, 502, 503):
        # A proxy before the hubs that has none to ask, or lost one in the middle of the request.
        raise HubUnreachable(
            message, status=response.status_code, retry_after=seconds(response.headers.get("retry-after")))
    raise UnexpectedAnswer(message, status=response.status_code)


def raise_if_unavailable(response: httpx.Response) -> None:
    """Raises what another attempt may mend."""
    if response.status_code in (429, 502, 503):
        answer_of(response)


def seconds(header: str | None) -> float | None:
    """The header `retry-after`; a hub writes whole seconds, and a proxy's date is not heeded."""
    try:
        return max(float(header), 0) if header else None
    except ValueError:
        return None


def lost(error: httpx.TransportError, url: str) -> PalantirError:
    """A connection that could not be opened, or that ended before the answer was whole."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return UnexpectedAnswer(f"The certificate of {url} is not trusted; ca_file names its authority: {error}")
    return HubUnreachable(f"No answer from {url}: {error or type(error).__name__}.")


def add(predictions: Predictions, chunk: Chunk, response: httpx.Response) -> None:
    """Adds what was answered for a chunk, under the ids as they were asked for."""
    answer = answer_of(response)
    labels, errors = labels_by_text(answer), answer.get("errors", {})
    request_id = response.headers.get("x-request-id", "")
    for each in chunk.ids:
        text = str(each)
        if text in labels:
            predictions[each] = labels[text]
        elif text in errors:
            predictions.errors[each] = error_of(
                errors[text]["code"], errors[text]["error"], status=200, request_id=request_id)
        else:
            raise UnexpectedAnswer(f"The answer holds nothing of the id {text!r}.", request_id=request_id)
    predictions.request_ids.append(request_id)
    version = response.headers.get("x-model-version")
    predictions.model_version = int(version) if version else predictions.model_version


def add_failed(predictions: Predictions, chunk: Chunk, error: PalantirError) -> None:
    """A chunk of which every id failed is answered with the first one's error; raises what is not about ids."""
    if not isinstance(error, EntityNotFound):
        raise error
    # Why the others failed the hub does not say, so nothing is claimed of them but that.
    all_failed = error if len(chunk.ids) == 1 else EntityNotFound(
        f"All {len(chunk.ids)} ids of one request failed, the first of them so: {error}", status=error.status,
        request_id=error.request_id)
    predictions.errors.update({each: error if each == chunk.ids[0] else all_failed for each in chunk.ids})
    predictions.request_ids.append(error.request_id)


def models_of(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The member `models` of an answer."""
    models: Iterable[dict[str, Any]] = answer["models"]
    return list(models)
