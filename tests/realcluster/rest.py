"""Speak to the API server in milliseconds: kubectl needs a quarter of a second of processor time for every call."""

import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 20.0
MERGE_PATCH = "application/merge-patch+json"

Manifest = dict[str, Any]
"""An object as the API server takes and gives it."""


class Refused(RuntimeError):
    """The API server answered with an error; ``status`` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Conflict(Refused):
    """The API server holds another version of the object than the one that was to be changed."""


class Unreachable(ConnectionError):
    """There was no answer: the API server is stopped, starting or hanging."""


class Rest:
    """One user's way to the API server: blocking, one connection a call, usable from any thread."""

    def __init__(self, server: str, authority: Path, token: str) -> None:
        self._host = urlsplit(server).netloc
        self._token = token
        self._trust = ssl.create_default_context(cafile=str(authority))

    def call(self, method: str, path: str, body: Any = None, *, content_type: str = "application/json") -> Any:
        """Send one request and return the decoded answer. Raises Refused, Unreachable."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json", "Content-Type": content_type}
        connection = http.client.HTTPSConnection(self._host, timeout=TIMEOUT_S, context=self._trust)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            raw = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{method} {path}: {error!r}") from error
        finally:
            connection.close()
        if answer.status >= 400:
            refusal = Conflict if answer.status == http.client.CONFLICT else Refused
            raise refusal(answer.status, _message(raw))
        is_json = answer.headers.get_content_type() == "application/json"
        return json.loads(raw) if is_json else raw.decode(errors="replace")

    def get(self, path: str) -> Manifest | None:
        """Read an object; None when there is none."""
        try:
            found: Manifest = self.call("GET", path)
        except Refused as refusal:
            if refusal.status == http.client.NOT_FOUND:
                return None
            raise
        return found

    def items(self, path: str) -> list[Manifest]:
        """Read the objects of a collection, which may be filtered by a query."""
        found: list[Manifest] = self.call("GET", path)["items"]
        return found

    def create(self, manifest: Manifest) -> Manifest:
        """Create an object where its kind and namespace belong."""
        made: Manifest = self.call("POST", collection(manifest), manifest)
        return made

    def merge(self, path: str, change: Manifest) -> Manifest:
        """Apply a JSON merge patch."""
        changed: Manifest = self.call("PATCH", path, change, content_type=MERGE_PATCH)
        return changed

    def delete(self, path: str, **options: Any) -> bool:
        """Delete an object with the given DeleteOptions; False when there is none."""
        try:
            self.call("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions", **options})
        except Refused as refusal:
            if refusal.status == http.client.NOT_FOUND:
                return False
            raise
        return True


def collection(manifest: Manifest) -> str:
    """The path of the collection that an object belongs to, from its apiVersion, kind and namespace.

    Plurals are formed as English does for the kinds that tests create: ``StorageClass`` -> ``storageclasses``.
    """
    version, kind = manifest["apiVersion"], manifest["kind"].lower()
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    namespace = manifest["metadata"].get("namespace")
    plural = f"{kind}es" if kind.endswith("s") else f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
    return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"


def path_of(manifest: Manifest) -> str:
    """The path of an object."""
    return f"{collection(manifest)}/{manifest['metadata']['name']}"


def _message(raw: bytes) -> str:
    try:
        return str(json.loads(raw)["message"])
    except (ValueError, KeyError, TypeError):
        return raw[:400].decode(errors="replace")
