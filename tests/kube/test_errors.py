"""From a server's no, or something like it, to an error."""

import pytest

from storagetui.errors import StorageTuiError
from storagetui.kube.errors import (
    ApiError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Status,
    StatusError,
    TooManyRequests,
    Unauthorized,
    from_status,
    status_error,
)
from tests.kube.scripted import encoded


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (400, "BadRequest", Invalid),
        (401, "Unauthorized", Unauthorized),
        (403, "Forbidden", Forbidden),
        (404, "NotFound", NotFound),
        (409, "Conflict", Conflict),
        (410, "Expired", Gone),
        (410, "Gone", Gone),
        (422, "Invalid", Invalid),
        (429, "TooManyRequests", TooManyRequests),
        (500, "InternalError", StatusError),
        (504, "Timeout", StatusError),
        (418, "", StatusError),
    ],
)
def test_each_status_that_somebody_handles_has_a_class(code: int, reason: str, kind: type[StatusError]) -> None:
    body = encoded({"kind": "Status", "code": code, "reason": reason, "message": "said the server"})
    error = status_error(code, body)
    assert type(error) is kind
    assert (str(error), error.status.code, error.status.reason) == ("said the server", code, reason)
    assert isinstance(error, ApiError)
    assert isinstance(error, StorageTuiError)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the server answered 503"),
        (b"no backend\n available", "no backend available"),
        (b"<html>\n<body>busy</body></html>", "<html> <body>busy</body></html>"),
        (b"\xff\xfe", "��"),
        (b"[]", "[]"),
        (b'{"message": 7}', '{"message": 7}'),
        (b"{}", "the server answered 503"),
        (b"x" * 5000, "x" * 300),
    ],
)
def test_a_body_that_is_no_status_still_says_something(body: bytes, message: str) -> None:
    error = status_error(503, body)
    assert (str(error), error.status.code) == (message, 503)


@pytest.mark.parametrize("code", [403, 404, 410])
def test_a_proxy_s_page_says_nothing_of_rights_and_objects(code: int) -> None:
    assert type(status_error(code, b"\n <html>no</html>")) is StatusError


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("", 0), ("7", 7), ("0.5", 0.5), ("600", 60), ("-3", 0), ("soon", 0), ("inf", 60), ("nan", 60), ("1e9", 60)],
)
def test_patience_is_bounded(header: str, seconds: float) -> None:
    assert status_error(429, b"", header).retry_after_s == seconds


def test_a_version_that_the_server_has_not_seen_is_as_useless_as_an_old_one() -> None:
    status = Status(504, "Timeout", "Timeout: Too large resource version: 9000, current: 12")
    assert type(from_status(status)) is Gone
    assert type(from_status(Status(504, "Timeout", "request did not complete"))) is StatusError
