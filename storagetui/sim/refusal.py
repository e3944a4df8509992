"""What the simulated API server says no with: one exception that carries a v1.Status.

Reasons, codes and sentences are those of k8s.io/apimachinery/pkg/api/errors/errors.go and
k8s.io/apimachinery/pkg/util/validation/field/errors.go.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from storagetui.sim.wire import Json, encoded


class Refusal(Exception):
    """A request that is not carried out: status code, reason, message and details as in v1.Status."""

    def __init__(self, code: int, reason: str, message: str, details: Json | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.list_metadata: Json = {}
        """`metadata` of the Status: an expired continue token carries the one to go on with."""

    def status(self) -> Json:
        """The v1.Status that is sent as body, or as the object of an ERROR event."""
        status: Json = {"kind": "Status", "apiVersion": "v1", "metadata": self.list_metadata, "status": "Failure"}
        status["message"] = self.message
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        status["code"] = self.code
        return status


class FieldError(NamedTuple):
    """What is wrong with one field of an object."""

    type: str
    """The cause's reason: FieldValueInvalid, FieldValueForbidden ..."""
    field: str
    """Path of the field: `spec.resources.requests[storage]`."""
    body: str
    """The sentence after the path."""

    def __str__(self) -> str:
        return f"{self.field}: {self.body}"


def invalid_value(field: str, value: Any, detail: str = "") -> FieldError:
    """The value of a field is not acceptable."""
    return FieldError("FieldValueInvalid", field, _with_value("Invalid value", value, detail))


def unsupported_value(field: str, value: Any, supported: Sequence[str]) -> FieldError:
    """The value of a field is none of the known ones."""
    known = ", ".join(encoded(item).decode() for item in supported)
    return FieldError(
        "FieldValueNotSupported", field, _with_value("Unsupported value", value, f"supported values: {known}")
    )


def required(field: str, detail: str = "") -> FieldError:
    """A field must be given."""
    return FieldError("FieldValueRequired", field, _with_detail("Required value", detail))


def forbidden_field(field: str, detail: str) -> FieldError:
    """A field may not be given, or may not be changed."""
    return FieldError("FieldValueForbidden", field, _with_detail("Forbidden", detail))


def not_found(resource: str, name: str) -> Refusal:
    """404: there is no such object. `resource` is a group-resource, `statefulsets.apps`."""
    return Refusal(404, "NotFound", f'{resource} "{name}" not found', _details(resource, name))


def no_such_path() -> Refusal:
    """404: the server knows no such path, version or resource."""
    return Refusal(404, "NotFound", "the server could not find the requested resource", {})


def already_exists(resource: str, name: str, *, going: bool = False) -> Refusal:
    """409: the name is taken, be it by an object that is being deleted."""
    message = f'{resource} "{name}" already exists'
    message = f"object is being deleted: {message}" if going else message
    return Refusal(409, "AlreadyExists", message, _details(resource, name))


def conflict(resource: str, name: str, why: str) -> Refusal:
    """409: a precondition does not hold."""
    message = f'Operation cannot be fulfilled on {resource} "{name}": {why}'
    return Refusal(409, "Conflict", message, _details(resource, name))


def modified(resource: str, name: str) -> Refusal:
    """409: the object is of another version than the one that was sent (registry.OptimisticLockErrorMsg)."""
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(resource, name, why)


def invalid(group: str, kind: str, name: str, errors: Sequence[FieldError]) -> Refusal:
    """422: an object with at least one bad field."""
    causes = [{"reason": error.type, "message": error.body, "field": error.field} for error in errors]
    details: Json = {"name": name, "group": group, "kind": kind, "causes": causes}
    qualified = f"{kind}.{group}" if group else kind
    texts = list(dict.fromkeys(str(error) for error in errors))
    joined = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    sentence = f'{qualified} "{name}" is invalid: {joined}'
    return Refusal(422, "Invalid", sentence, {key: value for key, value in details.items() if value})


def forbidden(resource: str, name: str, why: str) -> Refusal:
    """403: admission or authorization says no."""
    subject = f'{resource} "{name}"' if name else resource
    return Refusal(403, "Forbidden", f"{subject} is forbidden: {why}", _details(resource, name))


def unauthorized() -> Refusal:
    """401: nobody can tell who asks."""
    return Refusal(401, "Unauthorized", "Unauthorized")


def bad_request(why: str) -> Refusal:
    """400: the request cannot be understood."""
    return Refusal(400, "BadRequest", why)


def undecodable(kind: str, version: str, why: str) -> Refusal:
    """400: the body is JSON, but no object of that kind."""
    return bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: {why}')


def expired(why: str) -> Refusal:
    """410: a resource version or continue token that the server has forgotten."""
    return Refusal(410, "Expired", why)


def too_many_requests(why: str, retry_after_s: int = 0) -> Refusal:
    """429: come back later."""
    return Refusal(429, "TooManyRequests", why, {"retryAfterSeconds": retry_after_s} if retry_after_s else {})


def method_not_allowed(resource: str, action: str) -> Refusal:
    """405: the resource has no such verb."""
    message = f'{action} is not supported on resources of kind "{resource}"'
    return Refusal(405, "MethodNotAllowed", message, _details(resource, ""))


def wrong_method() -> Refusal:
    """405: the path does not take this HTTP method."""
    return Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})


def too_large_version(wanted: int, current: int) -> Refusal:
    """504: a resource version that the server has not reached (storage.NewTooLargeResourceVersionError)."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {wanted}, current: {current}"
    return Refusal(504, "Timeout", message, {"causes": [cause], "retryAfterSeconds": 1})


def unsupported_media_type(accepted: Sequence[str]) -> Refusal:
    """415: the body, or the patch, is of a type the server does not take."""
    message = "the body of the request was in an unknown format - accepted media types include: " + ", ".join(accepted)
    return Refusal(415, "UnsupportedMediaType", message)


def not_acceptable(accepted: Sequence[str]) -> Refusal:
    """406: the server cannot answer in any of the types that were asked for."""
    return Refusal(406, "NotAcceptable", "only the following media types are accepted: " + ", ".join(accepted))


def _details(resource: str, name: str) -> Json:
    plural, _, group = resource.partition(".")
    return {key: value for key, value in (("name", name), ("group", group), ("kind", plural)) if value}


def _with_value(what: str, value: Any, detail: str) -> str:
    return _with_detail(f"{what}: {encoded(value).decode()}", detail)


def _with_detail(what: str, detail: str) -> str:
    return f"{what}: {detail}" if detail else what
