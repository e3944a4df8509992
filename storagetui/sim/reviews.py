"""Access reviews: the questions that kubectl auth can-i and the program itself ask before they act.

Source: kubernetes/pkg/registry/authorization and pkg/registry/authentication.
"""

from storagetui.sim import access as rights
from storagetui.sim import refusal, reply
from storagetui.sim.access import Access, User, Wish
from storagetui.sim.body import object_in
from storagetui.sim.call import Call
from storagetui.sim.reply import Reply
from storagetui.sim.wire import Json, dig

_WISHES = {
    "verb": "verb",
    "group": "group",
    "resource": "resource",
    "subresource": "subresource",
    "namespace": "namespace",
    "name": "name",
}


def answer(access: Access, user: User, call: Call) -> Reply:
    """Answer a review. Refused with 400 for a body that asks nothing."""
    asked = object_in(call)
    kind = call.resource.kind
    if kind == "SelfSubjectReview":
        who = {"username": user.name, "uid": user.uid, "groups": list(user.groups)}
        status: Json = {"userInfo": {key: value for key, value in who.items() if value}}
    elif kind == "SelfSubjectRulesReview":
        namespace = dig(asked, "spec", "namespace", default="")
        if not namespace:
            raise refusal.bad_request("no namespace on request")
        status = rights.rules_status(access.rules_of(user), namespace)
    else:
        subject = user if kind == "SelfSubjectAccessReview" else _subject(asked)
        status = _verdict(access.allows(subject, _wish(asked)))
    head = {"kind": kind, "apiVersion": call.resource.api_version, "metadata": asked.get("metadata") or {}}
    spec = {"spec": asked["spec"]} if "spec" in asked else {}
    return reply.of_json({**head, **spec, "status": status}, 201)


def _verdict(allowed: bool) -> Json:
    return {"allowed": allowed}


def _subject(asked: Json) -> User:
    spec = asked.get("spec") or {}
    if not spec.get("user") and not spec.get("groups"):
        error = refusal.required("spec.user", "at least one of user or group must be specified")
        raise refusal.invalid("authorization.k8s.io", asked.get("kind", ""), "", [error])
    return User(spec.get("user", ""), tuple(spec.get("groups") or ()))


def _wish(asked: Json) -> Wish:
    attributes = dig(asked, "spec", "resourceAttributes")
    if isinstance(attributes, dict):
        return Wish(**{field: str(attributes.get(key) or "") for key, field in _WISHES.items()})
    other = dig(asked, "spec", "nonResourceAttributes")
    if not isinstance(other, dict):
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        error = refusal.invalid_value("spec.resourceAttributes", None, why)
        raise refusal.invalid("authorization.k8s.io", asked.get("kind", ""), "", [error])
    return Wish(verb=str(other.get("verb") or ""), path=str(other.get("path") or ""))
