"""Writes, through the typed API of kubernetes-asyncio over our own transport.

The typed client knows paths, parameters and media types; credentials, proxies and TLS stay with the Api that everything
else goes through. Importing this module imports that client: do it in a thread, after the first screen.
"""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from kubernetes_asyncio.client import (
    ApiClient,
    Configuration,
    CoreV1Api,
    V1DeleteOptions,
    V1Preconditions,
)
from kubernetes_asyncio.client.rest import RESTClientObject

from storagetui.kube.api import Api, Request
from storagetui.kube.errors import status_error
from storagetui.model.keys import Key

FIELD_MANAGER = "storagetui"
_WITHIN_S = 30.0


class TypedApi:
    """Typed calls over an Api; made inside the running loop, closed by leaving it."""

    def __init__(self, api: Api) -> None:
        """The connection pool that the typed client makes for itself is closed unused."""
        self._api = api
        self._client: ApiClient | None = None

    async def __aenter__(self) -> "TypedApi":
        configuration = Configuration(host="")
        configuration.client_side_validation = False
        self._client = ApiClient(configuration)
        await self._client.rest_client.close()
        self._client.rest_client = _Rest(self._api)
        return self

    async def __aexit__(self, *exception: object) -> None:
        if self._client is not None:
            await self._client.close()

    async def patch_claim(self, key: Key, patch: list[dict[str, Any]], *, dry_run: bool) -> None:
        """Send a JSON Patch (RFC 6902) to a claim; raises StatusError, or ConnectionLost when no answer came.

        The typed client takes a list for a JSON Patch and anything else for another kind of patch.
        """
        dry: dict[str, Any] = {"dry_run": "All"} if dry_run else {}
        await CoreV1Api(self._client).patch_namespaced_persistent_volume_claim(
            key.name, key.namespace, patch, field_manager=FIELD_MANAGER, _preload_content=False, **dry
        )

    async def delete_pod(self, key: Key, options: dict[str, Any], *, dry_run: bool) -> None:
        """Delete a pod with `v1.DeleteOptions` given as JSON; raises StatusError, or ConnectionLost for no answer.

        A dry run is asked for in the body: a server that finds options in the body reads none from the query
        (k8s.io/apiserver/pkg/endpoints/handlers/delete.go).
        """
        asked = options["preconditions"]
        body = V1DeleteOptions(
            api_version="v1",
            kind="DeleteOptions",
            grace_period_seconds=options.get("gracePeriodSeconds"),
            preconditions=V1Preconditions(uid=asked["uid"], resource_version=asked["resourceVersion"]),
            dry_run=["All"] if dry_run else None,
        )
        await CoreV1Api(self._client).delete_namespaced_pod(key.name, key.namespace, body=body, _preload_content=False)


class _Answered:
    """What the typed client reads of an answer."""

    def __init__(self, status: int, data: bytes) -> None:
        self.status = status
        self.data = data


class _Rest(RESTClientObject):
    """Stands where the typed client has its connection pool, and sends through an Api instead."""

    def __init__(self, api: Api) -> None:  # no pool of its own
        self._api = api

    async def request(  # type: ignore[override]  # the typed client calls it with these alone
        self,
        method: str,
        url: str,
        query_params: Iterable[tuple[str, str]] | None = None,
        headers: dict[str, str] | None = None,
        body: Any = None,
        **_: object,
    ) -> _Answered:
        """Send; the body is a JSON value or absent."""
        request = Request(
            method=method,
            path=urlsplit(url).path,
            query=tuple((name, str(value)) for name, value in query_params or ()),
            headers=tuple((name, value) for name, value in (headers or {}).items() if name != "User-Agent"),
            body=b"" if body is None else json.dumps(body, separators=(",", ":")).encode(),
            idle_s=_WITHIN_S,
            total_s=_WITHIN_S,
        )
        async with self._api.open(request) as answer:
            data = b"".join([chunk async for chunk in answer.chunks()])
            if answer.status >= 400:
                raise status_error(answer.status, data, answer.headers.get("Retry-After", ""))
            return _Answered(answer.status, data)

    async def close(self) -> None:
        """The Api belongs to somebody else."""
