"""Whether the user may do something, as the server sees it.

Asked as soon as a cursor rests on an object, so that it must not need the typed client: importing that takes most of a
second of a core and forty megabytes, just while the lists come in.
"""

import json

from storagetui.kube.api import Api, Request
from storagetui.kube.errors import status_error
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS

_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_WITHIN_S = 30.0


async def may(api: Api, verb: str, kind: Kind, namespace: str, name: str) -> tuple[bool, str]:
    """Whether the user may do that, and the server's reason, by a SelfSubjectAccessReview; raises ApiError."""
    info = KINDS[kind]
    asked = {"verb": verb, "group": info.group, "resource": info.plural, "namespace": namespace, "name": name}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {attribute: value for attribute, value in asked.items() if value}},
    }
    request = Request(
        method="POST",
        path=_PATH,
        headers=(("Accept", "application/json"), ("Content-Type", "application/json")),
        body=json.dumps(review, separators=(",", ":")).encode(),
        idle_s=_WITHIN_S,
        total_s=_WITHIN_S,
    )
    async with api.open(request) as answer:
        data = b"".join([chunk async for chunk in answer.chunks()])
        if answer.status >= 400:
            raise status_error(answer.status, data, answer.headers.get("Retry-After", ""))
    status = json.loads(data).get("status") or {}
    return bool(status.get("allowed")), str(status.get("reason") or "")
