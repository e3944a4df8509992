"""The object in a request's body, whatever it is encoded in.

Source: k8s.io/apiserver/pkg/endpoints/handlers/{create,update,delete}.go.
"""

from typing import Any

from storagetui.sim import protobuf, refusal
from storagetui.sim.call import Call
from storagetui.sim.wire import Json, decoded

_JSON_TYPES = ("application/json", "")
_ACCEPTED = ("application/json",)


def object_in(call: Call, kind: str = "") -> Json:
    """The object that a call sends: of `kind`, or of the resource's own kind and version.

    Refused with 415 for an encoding that is not known (custom resources and most kinds know JSON only), 400 for
    another kind and for what cannot be decoded.
    """
    expected, version = kind or call.resource.kind, call.resource.api_version
    try:
        obj = _decoded(call)
    except ValueError as error:
        raise refusal.undecodable(expected, call.resource.version, str(error)) from error
    if not isinstance(obj, dict):
        raise refusal.undecodable(expected, call.resource.version, "json: cannot unmarshal array into Go value")
    if (obj.get("kind") or expected) != expected:
        why = f'{obj["kind"]} in version "{obj.get("apiVersion", "")}" cannot be handled as a {expected}'
        raise refusal.bad_request(f"{why}: the object provided is unrecognized (must be of type {expected})")
    if not kind and (obj.get("apiVersion") or version) != version:
        why = f"the API version in the data ({obj['apiVersion']}) does not match the expected API version ({version})"
        raise refusal.bad_request(why)
    return obj


def delete_options_in(call: Call) -> Json:
    """The DeleteOptions that a call sends; none without a body. Refused with 400 for anything else."""
    if not call.body:
        return {}
    try:
        options = _decoded(call)
    except ValueError as error:
        raise refusal.bad_request(str(error)) from error
    if not isinstance(options, dict) or options.get("kind", "DeleteOptions") != "DeleteOptions":
        raise refusal.bad_request("decoded object cannot be converted to DeleteOptions")
    return options


def _decoded(call: Call) -> Any:
    media_type = call.headers.get("content-type", "").partition(";")[0].strip()
    if media_type == protobuf.MEDIA_TYPE:
        try:
            return protobuf.decoded(call.body)
        except LookupError as error:
            raise refusal.unsupported_media_type(_ACCEPTED) from error
    if media_type not in _JSON_TYPES:
        raise refusal.unsupported_media_type(_ACCEPTED)
    return decoded(call.body)
