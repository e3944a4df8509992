"""Whether a server has a kind at all: a 404 may come from it, or from something in between that knows nothing."""

from typing import Any

import msgspec

from storagetui.errors import CredentialsError
from storagetui.kube.api import Api, Request
from storagetui.kube.checked import checked, read_bounded
from storagetui.kube.errors import ApiError, NotFound
from storagetui.model.kinds import KindInfo

_MOST_BYTES = 1 << 22
_WAIT_S = 15.0


class _Resource(msgspec.Struct, frozen=True):
    name: str = ""


class _Version(msgspec.Struct, frozen=True, rename="camel"):
    group_version: str = ""


class _Group(msgspec.Struct, frozen=True):
    versions: list[_Version] = []


class _Discovery(msgspec.Struct, frozen=True):
    """An APIResourceList or an APIGroupList (k8s.io/apimachinery/pkg/apis/meta/v1/types.go)."""

    kind: str
    resources: list[_Resource] = []
    groups: list[_Group] = []


_decoder = msgspec.json.Decoder(_Discovery)


async def is_served(api: Api, info: KindInfo) -> bool | None:
    """What discovery says of a kind; None when it says nothing that can be believed."""
    root = f"/apis/{info.group}/{info.version}" if info.group else f"/api/{info.version}"
    try:
        found = await _asked(api, root)
        if found.kind == "APIResourceList":
            return any(resource.name == info.plural for resource in found.resources)
    except NotFound:
        return await _is_group_served(api, info)
    except (ApiError, CredentialsError, TimeoutError, OSError, ValueError):
        return None
    return None


async def _is_group_served(api: Api, info: KindInfo) -> bool | None:
    try:
        found = await _asked(api, "/apis")
    except (ApiError, CredentialsError, TimeoutError, OSError, ValueError):
        return None
    if found.kind != "APIGroupList" or not info.group:
        return None
    named = any(version.group_version == info.api_version for group in found.groups for version in group.versions)
    return None if named else False


async def _asked(api: Api, path: str) -> Any:
    request = Request(path=path, headers=(("Accept", "application/json"),), idle_s=_WAIT_S, can_wait=True)
    async with checked(api, request, _WAIT_S) as answer:
        return _decoder.decode(await read_bounded(answer, _MOST_BYTES))
