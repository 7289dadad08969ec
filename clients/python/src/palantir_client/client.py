"""The client for threads; `asynchronous.py` is its twin, method by method."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

import httpx

from palantir_client import exchange
from palantir_client.attempts import late
from palantir_client.chunks import Features, checked_id, checked_ids, chunks
from palantir_client.errors import PalantirError
from palantir_client.predictions import EntityID, Labels, Predictions
from palantir_client.settings import DEFAULT_RETRIES, DEFAULT_TIMEOUT, Settings


class Palantir:
    """A hub. Threads may share one; `close()` it, or use it in `with`, when it is done with.

    `url` and `key` are by default the environment's `PALANTIR_URL` and `PALANTIR_API_KEY`, and `ca_file` (authorities
    in PEM, trusted beside the usual ones) is `PALANTIR_CA_FILE`. `timeout` is how many seconds one request may take, all
    its repetitions included, and `retries` how often it is made again. `client_certificate` is a pair of PEM files,
    certificate and key, for hubs that ask for one.
    """

    def __init__(
        self, url: str | None = None, key: str | None = None, *, timeout: float = DEFAULT_TIMEOUT,
        retries: int = DEFAULT_RETRIES, ca_file: str | None = None,
        client_certificate: tuple[str, str] | None = None,
    ) -> None:
        self._settings = Settings.of(url, key, timeout, retries, ca_file, client_certificate)
        self._http = httpx.Client(**self._settings.for_httpx())

    @property
    def url(self) -> str:
        """The hub's address."""
        return self._settings.url

    def predict(
        self, model: str, ids: Iterable[Any], *, features: Mapping[EntityID, Features] | None = None,
        alias: str | None = None, version: int | None = None, allow_partial: bool = False,
        timeout: float | None = None,
    ) -> Predictions:
        """The labels of each entity. Any number of ids: beyond 10,000 they go as several requests, one after the other.

        `model` may be `name`, `name@alias` or `name/version`. `features` replaces looked-up values, by id. If some ids
        fail it raises `SomeFailed`, which holds both; with `allow_partial` it returns the others, and `.errors`.
        """
        predictions = Predictions()
        for chunk in chunks(checked_ids(ids), features):
            try:
                response = self._send("POST", "/predictions", timeout, chunk.body(model, alias, version))
                exchange.add(predictions, chunk, response)
            except PalantirError as error:
                if not allow_partial:
                    raise
                exchange.add_failed(predictions, chunk, error)
        if not allow_partial:
            predictions.raise_if_some_failed()
        return predictions

    def predict_one(
        self, model: str, id: Any, *, features: Features | None = None, alias: str | None = None,
        version: int | None = None, timeout: float | None = None,
    ) -> Labels:
        """The labels of one entity."""
        entity = checked_id(id)
        return self.predict(
            model, [entity], features={entity: features} if features else None, alias=alias, version=version,
            timeout=timeout)[entity]

    def models(self) -> list[dict[str, Any]]:
        """Every registered model that the caller may use, and whether it can be served."""
        return exchange.models_of(self._get("/models"))

    def model(self, name: str) -> dict[str, Any]:
        """All that the hub knows of one model; its name may carry an alias or a version."""
        return self._get(exchange.model_path(name))

    def features(self, model: str, id: Any) -> dict[str, Any]:
        """An entity's row as the model gets it."""
        return self._get(exchange.features_path(model, checked_id(id)))

    def deployments(self) -> list[dict[str, Any]]:
        """The models that the hub runs itself."""
        return list(self._get("/deployments")["deployments"])

    def close(self) -> None:
        """Ends the connections."""
        self._http.close()

    def __enter__(self) -> Palantir:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def _get(self, path: str) -> dict[str, Any]:
        return dict(exchange.answer_of(self._send("GET", path, None)))

    def _send(self, method: str, path: str, timeout: float | None, body: bytes | None = None) -> httpx.Response:
        """The first answer that no other attempt could mend."""
        attempts = self._settings.attempts(timeout)
        while True:
            try:
                response = self._http.request(
                    method, path, content=body, timeout=attempts.patience,
                    headers={"x-request-timeout-ms": str(attempts.deadline_ms)})
                exchange.raise_if_unavailable(response)
                return response
            except httpx.TimeoutException as error:
                raise late(timeout or self._settings.timeout) from error
            except httpx.TransportError as error:
                time.sleep(attempts.pause_after(exchange.lost(error, self.url)))
            except PalantirError as error:
                time.sleep(attempts.pause_after(error))
