"""MLflow's deployments interface: `mlflow.deployments.get_deploy_client("palantir://host:3000")`.

MLflow looks here for one class, `run_local` and `target_help`; what its methods are given is told in
`mlflow.deployments.BaseDeploymentClient`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from mlflow.deployments import BaseDeploymentClient, PredictionsResponse
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import ErrorCode

from palantir_client.client import Palantir
from palantir_client.errors import (
    DeadlineExceeded, InvalidRequest, NotFound, PalantirError, PermissionDenied, RateLimited, SomeFailed, Unauthenticated,
    Unavailable)
from palantir_client.mlflow_inputs import Inputs

#: MLflow's names for what Palantir has more names for; the first that fits.
CODES: tuple[tuple[type[PalantirError], str], ...] = (
    (NotFound, "RESOURCE_DOES_NOT_EXIST"), (InvalidRequest, "INVALID_PARAMETER_VALUE"),
    (Unauthenticated, "UNAUTHENTICATED"), (PermissionDenied, "PERMISSION_DENIED"),
    (RateLimited, "REQUEST_LIMIT_EXCEEDED"), (Unavailable, "TEMPORARILY_UNAVAILABLE"),
    (DeadlineExceeded, "DEADLINE_EXCEEDED"))

NOT_HERE = (
    "A hub deploys what MLflow's registry says, and nothing else: set the tag feature_store on the registered model, and "
    "uri, or autodeploy=true where the operator allows it.")


class PalantirDeploymentClient(BaseDeploymentClient):  # type: ignore[misc]
    """A hub as MLflow sees it: its endpoints are the registered models.

    The address is `palantir://host:3000`, or `palantir+https://host:3000` for TLS; without one it is `PALANTIR_URL`'s. The key
    and the authorities come from `PALANTIR_API_KEY` and `PALANTIR_CA_FILE`.
    """

    def __init__(self, target_uri: str) -> None:
        super().__init__(target_uri)
        self._hub = Palantir(hub_url(target_uri))

    def predict(self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None) -> Any:
        """The labels of each entity, in the order of the inputs: `get_predictions()` is a DataFrame of them.

        `endpoint` (or `deployment_name`) is a registered model, also as `name@alias` or `name/version`. `inputs` is a list
        of ids; a DataFrame with a column `id`, whose other columns replace the looked-up features; a list of such rows; or
        a dict as the hub takes it: `ids` or `id`, and if wanted `features`, `alias` and `version`.
        """
        with told_as_mlflow():
            model = endpoint or deployment_name
            if not model:
                raise InvalidRequest("endpoint is missing: the name of a registered model")
            try:
                asked = Inputs.of(inputs)
                answer = self._hub.predict(
                    model, asked.ids, features=asked.features, alias=asked.alias, version=asked.version)
            except (TypeError, ValueError) as error:
                raise InvalidRequest(str(error)) from error
            return PredictionsResponse({"predictions": [answer[each] for each in asked.ids], "ids": asked.ids})

    def list_endpoints(self) -> list[dict[str, Any]]:
        """Every registered model that the caller may use, as `GET /models` has it."""
        with told_as_mlflow():
            return self._hub.models()

    def get_endpoint(self, endpoint: str) -> dict[str, Any]:
        """One of them."""
        with told_as_mlflow():
            return self._hub.model(endpoint)

    def list_deployments(self, endpoint: str | None = None) -> list[dict[str, Any]]:
        """The models that the hub runs itself."""
        with told_as_mlflow():
            found = [{"name": each["model"], **each} for each in self._hub.deployments()]
            return [each for each in found if endpoint in (None, each["name"])]

    def get_deployment(self, name: str, endpoint: str | None = None) -> dict[str, Any]:
        """One of them."""
        for each in self.list_deployments(endpoint):
            if each["name"] == name:
                return each
        raise mlflow_error("RESOURCE_DOES_NOT_EXIST", f"The hub runs no model {name!r} itself.")

    def create_deployment(
        self, name: str, model_uri: str, flavor: Any = None, config: Any = None, endpoint: Any = None) -> NoReturn:
        """Not here: see `target_help`."""
        raise not_here()

    def update_deployment(
        self, name: str, model_uri: Any = None, flavor: Any = None, config: Any = None, endpoint: Any = None,
    ) -> NoReturn:
        """Not here: see `target_help`."""
        raise not_here()

    def delete_deployment(self, name: str, config: Any = None, endpoint: Any = None) -> NoReturn:
        """Not here: see `target_help`."""
        raise not_here()


def hub_url(target_uri: str) -> str | None:
    """`palantir://host:3000` → `http://host:3000`; None where the address names no host."""
    scheme, separator, rest = target_uri.partition("://")
    if not separator or not rest.strip("/"):
        return None
    return f"{'https' if scheme == 'palantir+https' else 'http'}://{rest}"


def not_here() -> MlflowException:
    """Why a hub is not told by its callers what to deploy."""
    return mlflow_error("NOT_IMPLEMENTED", NOT_HERE)


def mlflow_error(code: str, message: str) -> MlflowException:
    """MLflow takes its codes as numbers and shows them as names."""
    return MlflowException(message, error_code=ErrorCode.Value(code))


@contextmanager
def told_as_mlflow() -> Iterator[None]:
    """MLflow's users catch MlflowException; its cause is the client's own error."""
    try:
        yield
    except PalantirError as error:
        about = next(iter(error.errors.values())) if isinstance(error, SomeFailed) else error
        code = next((name for kind, name in CODES if isinstance(about, kind)), "INTERNAL_ERROR")
        raise mlflow_error(code, f"{about.code}: {error}") from error


def run_local(target: str, name: str, model_uri: str, flavor: Any = None, config: Any = None) -> NoReturn:
    """MLflow calls it to try a deployment on this machine."""
    raise not_here()


def target_help() -> str:
    """What `mlflow deployments help -t palantir` shows."""
    return f"""\
Palantir: predictions by the names of registered models and the ids of entities.

    palantir://host:3000           a hub
    palantir+https://host:3000     a hub with TLS
    palantir                       the hub of PALANTIR_URL

PALANTIR_API_KEY is the API key or token, PALANTIR_CA_FILE a PEM file of authorities that are trusted too.

{NOT_HERE}
"""
