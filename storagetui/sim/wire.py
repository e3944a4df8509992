"""JSON values as the simulated cluster keeps them: plain dicts, shaped as on the wire."""

from typing import Any, TypeAlias

import msgspec

Json: TypeAlias = dict[str, Any]
"""An API object, or a part of one."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()


def encoded(value: Any) -> bytes:
    """A JSON value as compact UTF-8, without a line end."""
    return _encoder.encode(value)


def decoded(body: bytes) -> Any:
    """The JSON value in `body`. Raises ValueError when it is not JSON."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error


def copied(value: Any) -> Any:
    """A deep copy of a JSON value."""
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    if type(value) is list:
        return [copied(item) for item in value]
    return value


def dig(value: Any, *path: str | int, default: Any = None) -> Any:
    """What lies at `path`, or `default` where a step is missing, null, or not of a shape that has such a step."""
    for step in path:
        if type(value) is dict:
            value = value.get(step)
        elif type(value) is list and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return default
    return default if value is None else value


def name_of(obj: Json) -> str:
    """`metadata.name`, or nothing."""
    return str(dig(obj, "metadata", "name", default=""))


def namespace_of(obj: Json) -> str:
    """`metadata.namespace`, or nothing."""
    return str(dig(obj, "metadata", "namespace", default=""))


def uid_of(obj: Json) -> str:
    """`metadata.uid`, or nothing."""
    return str(dig(obj, "metadata", "uid", default=""))
