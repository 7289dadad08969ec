"""The client for asyncio; `client.py` is its twin, method by method."""

from __future__ import annotations

import asyncio
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


class AsyncPalantir:
    """A hub. Tasks of one event loop may share one; `await close()` it, or use it in `async with`.

    Its arguments and methods are those of `Palantir`.
    """

    def __init__(
        self, url: str | None = None, key: str | None = None, *, timeout: float = DEFAULT_TIMEOUT,
        retries: int = DEFAULT_RETRIES, ca_file: str | None = None,
        client_certificate: tuple[str, str] | None = None,
    ) -> None:
        self._settings = Settings.of(url, key, timeout, retries, ca_file, client_certificate)
        self._http = httpx.AsyncClient(**self._settings.for_httpx())

    @property
    def url(self) -> str:
        """The hub's address."""
        return self._settings.url

    async def predict(
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
                response = await self._send("POST", "/predictions", timeout, chunk.body(model, alias, version))
                exchange.add(predictions, chunk, response)
            except PalantirError as error:
                if not allow_partial:
                    raise
                exchange.add_failed(predictions, chunk, error)
        if not allow_partial:
            predictions.raise_if_some_failed()
        return predictions

    async def predict_one(
        self, model: str, id: Any, *, features: Features | None = None, alias: str | None = None,
        version: int | None = None, timeout: float | None = None,
    ) -> Labels:
        """The labels of one entity."""
        entity = checked_id(id)
        predictions = await self.predict(
            model, [entity], features={entity: features} if features else None, alias=alias, version=version,
            timeout=timeout)
        return predictions[entity]

    async def models(self) -> list[dict[str, Any]]:
        """Every registered model that the caller may use, and whether it can be served."""
        return exchange.models_of(await self._get("/models"))

    async def model(self, name: str) -> dict[str, Any]:
        """All that the hub knows of one model; its name may carry an alias or a version."""
        return await self._get(exchange.model_path(name))

    async def features(self, model: str, id: Any) -> dict[str, Any]:
        """An entity's row as the model gets it."""
        return await self._get(exchange.features_path(model, checked_id(id)))

    async def deployments(self) -> list[dict[str, Any]]:
        """The models that the hub runs itself."""
        return list((await self._get("/deployments"))["deployments"])

    async def close(self) -> None:
        """Ends the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> AsyncPalantir:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    async def _get(self, path: str) -> dict[str, Any]:
        return dict(exchange.answer_of(await self._send("GET", path, None)))

    async def _send(self, method: str, path: str, timeout: float | None, body: bytes | None = None) -> httpx.Response:
        """The first answer that no other attempt could mend."""
        attempts = self._settings.attempts(timeout)
        while True:
            try:
                response = await self._http.request(
                    method, path, content=body, timeout=attempts.patience,
                    headers={"x-request-timeout-ms": str(attempts.deadline_ms)})
                exchange.raise_if_unavailable(response)
                return response
            except httpx.TimeoutException as error:
                raise late(timeout or self._settings.timeout) from error
            except httpx.TransportError as error:
                await asyncio.sleep(attempts.pause_after(exchange.lost(error, self.url)))
            except PalantirError as error:
                await asyncio.sleep(attempts.pause_after(error))
