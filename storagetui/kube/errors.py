"""What an API server, or something between us and it, may say no with."""

import msgspec

from storagetui.errors import StorageTuiError


class ApiError(StorageTuiError):
    """A request to the API server did not succeed."""


class ConnectionLost(ApiError):
    """No answer came, or it broke off; whether the server acted is unknown."""


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """The parts of a `v1.Status` that are kept, none of them secret (k8s.io/apimachinery/pkg/apis/meta/v1/types.go)."""

    code: int = 0
    reason: str = ""
    message: str = ""


class StatusError(ApiError):
    """The server answered with a status of 400 or above, or sent an ERROR event."""

    def __init__(self, status: Status, retry_after_s: float = 0.0) -> None:
        super().__init__(status.message or f"the server answered {status.code} {status.reason}".rstrip())
        self.status = status
        self.retry_after_s = retry_after_s


class Unauthorized(StatusError):
    """401: the credential is missing, wrong or expired."""


class Forbidden(StatusError):
    """403: the user may not do this."""


class NotFound(StatusError):
    """404: no such object, or the server does not know the kind."""


class Conflict(StatusError):
    """409: a precondition failed, or the object exists already."""


class Gone(StatusError):
    """410, reason Expired, or "Too large resource version": the version or continue token is of no use any more.

    Too large is a version that the server has not seen: its store was restored from an older one
    (k8s.io/apimachinery/pkg/api/errors/errors.go, k8s.io/client-go/tools/cache/reflector.go).
    """


class Invalid(StatusError):
    """400 or 422: the request or the object is not acceptable."""


class TooManyRequests(StatusError):
    """429: asked to wait for `retry_after_s` seconds."""


_CLASSES: dict[int, type[StatusError]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    422: Invalid,
    429: TooManyRequests,
}
_OF_THE_SERVER = (403, 404, 410)
"""Statuses that speak of rights and objects; in a page of HTML it is a proxy that says no, for reasons of its own."""
_decoder = msgspec.json.Decoder(Status)


def status_error(code: int, body: bytes, retry_after: str = "") -> StatusError:
    """The error for an answer's status and body, whether the body is a Status object, a proxy's page or nothing."""
    try:
        status = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        status = Status(message=" ".join(body[:300].decode("utf-8", "replace").split()))
    if not status.code:
        status = msgspec.structs.replace(status, code=code)
    if code in _OF_THE_SERVER and body.lstrip()[:1] == b"<":
        return StatusError(status, _seconds(retry_after))
    return from_status(status, retry_after)


def from_status(status: Status, retry_after: str = "") -> StatusError:
    """The error for a Status, as an ERROR event of a watch carries it."""
    is_useless = status.reason in ("Expired", "Gone") or "Too large resource version" in status.message
    kind = Gone if is_useless else _CLASSES.get(status.code, StatusError)
    return kind(status, _seconds(retry_after))


def _seconds(retry_after: str) -> float:
    """Retry-After in seconds, bounded to a minute; a date or nonsense counts as none."""
    try:
        return max(0.0, min(60.0, float(retry_after)))
    except ValueError:
        return 0.0
