"""What a planned request looks like on the wire; pure, so that dialog, executor and test read the same."""

import json
import shlex
from typing import Any

from storagetui.actions.plan import Operation, PlannedRequest, Verb
from storagetui.model.kinds import KINDS

JSON_PATCH = "application/json-patch+json"


def path(request: PlannedRequest) -> str:
    """The path of the object."""
    return KINDS[request.key.kind].path(request.key.namespace, request.key.name)


def patch_body(request: PlannedRequest) -> list[dict[str, str]]:
    """The JSON Patch: uid and version are tested before anything is changed."""
    tests = (
        Operation("test", "/metadata/uid", request.uid),
        Operation("test", "/metadata/resourceVersion", request.resource_version),
    )
    return [{"op": one.op, "path": one.path, "value": one.value} for one in (*tests, *request.operations)]


def delete_options(request: PlannedRequest) -> dict[str, Any]:
    """The `v1.DeleteOptions`, with uid and version as preconditions."""
    options: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": request.uid, "resourceVersion": request.resource_version},
    }
    if request.grace_period_seconds is not None:
        options["gracePeriodSeconds"] = request.grace_period_seconds
    return options


def kubectl(request: PlannedRequest) -> str:
    """A shell command that sends the same; kubectl has no option for preconditions, so that they stand in the body."""
    if request.verb is Verb.PATCH:
        where = f"-n {request.key.namespace} " if request.key.namespace else ""
        what = f"{KINDS[request.key.kind].plural} {request.key.name}"
        return f"kubectl {where}patch {what} --type=json -p {shlex.quote(json.dumps(patch_body(request)))}"
    return f"echo {shlex.quote(json.dumps(delete_options(request)))} | kubectl delete --raw {path(request)} -f -"
