"""Answers that are a success, or the error that they stand for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from storagetui.kube.api import Answer, Api, Request
from storagetui.kube.errors import ApiError, ConnectionLost, StatusError, from_status, status_error
from storagetui.kube.protobuf_frames import status_body


@asynccontextmanager
async def checked(api: Api, request: Request, head_s: float | None = None) -> AsyncIterator[Answer]:
    """Send a request; entering waits for an answer that is a success.

    `head_s` bounds the wait for the answer to begin, beside the request's own bounds. Raises StatusError for any other
    answer, ConnectionLost when none comes.
    """
    opened = api.open(request)
    try:
        async with asyncio.timeout(head_s):
            answer = await opened.__aenter__()
    except TimeoutError as error:
        raise ConnectionLost("the server takes the request and does not answer") from error
    try:
        if answer.status >= 300:
            raise refused(answer.status, await read_bounded(answer, 1 << 16), answer.headers.get("Retry-After", ""))
        yield answer
    finally:
        await opened.__aexit__(None, None, None)


def refused(code: int, body: bytes, retry_after: str) -> StatusError:
    """The error that an answer stands for, whose body may be a Status in either format, a proxy's page or nothing."""
    status = status_body(body)
    if status is None:
        return status_error(code, body, retry_after)
    return from_status(status if status.code else msgspec.structs.replace(status, code=code), retry_after)


async def read_bounded(answer: Answer, most: int) -> bytes:
    """The first `most` bytes of a body, or less when it is shorter or breaks off: enough to say what went wrong."""
    body = b""
    try:
        async with asyncio.timeout(10.0):
            async for chunk in answer.chunks():
                body += chunk
                if len(body) >= most:
                    break
    except (ApiError, TimeoutError):
        pass
    return body[:most]
