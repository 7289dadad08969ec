"""What can go wrong: one type for each code that a hub answers with, and what a client finds out by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class PalantirError(Exception):
    """The root of all of them; `str(error)` is the hub's own sentence.

    `code` is the hub's, `status` the HTTP status (None where there was no answer), `request_id` what the hub's log has,
    and `retry_after` the seconds after which the hub thinks it worth trying again.
    """

    #: The code of this type; an error of another code, from a newer hub, is a plain `PalantirError`.
    CODE: ClassVar[str] = ""

    def __init__(
        self, message: str, *, code: str = "", status: int | None = None, request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code or self.CODE
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after

    @property
    def message(self) -> str:
        """What happened, in a sentence."""
        return str(self)


class NotFound(PalantirError):
    """There is none of that name; the types below say of what."""


class Unavailable(PalantirError):
    """Not now; the client tried again as often as it may. Every type below carries `retry_after`."""


class InvalidRequest(PalantirError):
    CODE = "INVALID_REQUEST"


class Unauthenticated(PalantirError):
    CODE = "UNAUTHENTICATED"


class PermissionDenied(PalantirError):
    CODE = "PERMISSION_DENIED"


class HostNotAllowed(PalantirError):
    CODE = "HOST_NOT_ALLOWED"


class ModelNotFound(NotFound):
    CODE = "MODEL_NOT_FOUND"


class VersionNotFound(NotFound):
    CODE = "VERSION_NOT_FOUND"


class EntityNotFound(NotFound):
    CODE = "ENTITY_NOT_FOUND"


class RouteNotFound(NotFound):
    CODE = "ROUTE_NOT_FOUND"


class MethodNotAllowed(PalantirError):
    CODE = "METHOD_NOT_ALLOWED"


class RequestTimeout(PalantirError):
    CODE = "REQUEST_TIMEOUT"


class HeadersTooLarge(PalantirError):
    CODE = "HEADERS_TOO_LARGE"


class BodyTooLarge(PalantirError):
    CODE = "BODY_TOO_LARGE"


class RateLimited(Unavailable):
    CODE = "RATE_LIMITED"


class Overloaded(Unavailable):
    CODE = "OVERLOADED"


class ModelNotReady(Unavailable):
    CODE = "MODEL_NOT_READY"


class ModelSuspended(Unavailable):
    CODE = "MODEL_SUSPENDED"


class RegistryUnavailable(Unavailable):
    CODE = "REGISTRY_UNAVAILABLE"


class FeatureStoreUnavailable(Unavailable):
    CODE = "FEATURE_STORE_UNAVAILABLE"


class ModelMisconfigured(PalantirError):
    CODE = "MODEL_MISCONFIGURED"


class ModelUnreachable(PalantirError):
    CODE = "MODEL_UNREACHABLE"


class ModelFailed(PalantirError):
    CODE = "MODEL_FAILED"


class ModelBadAnswer(PalantirError):
    CODE = "MODEL_BAD_ANSWER"


class DeadlineExceeded(PalantirError):
    """The time was over: the hub says so, or nothing came from it in time (then `status` is None)."""

    CODE = "DEADLINE_EXCEEDED"


class HubUnreachable(Unavailable):
    """No hub there, or the connection ended before the answer was whole; or a proxy says so."""

    CODE = "HUB_UNREACHABLE"


class UnexpectedAnswer(PalantirError):
    """Whoever answered is no hub: perhaps a proxy, or another service at that address."""

    CODE = "UNEXPECTED_ANSWER"


class SomeFailed(PalantirError):
    """Some of the ids failed: `errors` says why, by id, and `predictions` holds the others."""

    CODE = "SOME_FAILED"

    def __init__(
        self, message: str, *, predictions: Mapping[Any, Any] | None = None,
        errors: Mapping[Any, PalantirError] | None = None, **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.predictions = predictions or {}
        self.errors = errors or {}


#: What a client says by itself; no hub sends these.
CLIENT_TYPES = (HubUnreachable, UnexpectedAnswer, SomeFailed)


def _descendants(of: type[PalantirError]) -> list[type[PalantirError]]:
    return [each for child in of.__subclasses__() for each in (child, *_descendants(child))]


#: The hub's codes, each with its type.
BY_CODE: dict[str, type[PalantirError]] = {
    each.CODE: each for each in _descendants(PalantirError) if each.CODE and each not in CLIENT_TYPES}


def error_of(
    code: str, message: str, *, status: int | None = None, request_id: str = "", retry_after: float | None = None,
) -> PalantirError:
    """The error of a hub's code."""
    kind = BY_CODE.get(code, PalantirError)
    return kind(message, code=code, status=status, request_id=request_id, retry_after=retry_after)
