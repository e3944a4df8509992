"""Create, update, patch and delete, and the subresources that are written.

Source: k8s.io/apiserver/pkg/endpoints/handlers/{create,update,patch,delete}.go,
kubernetes/pkg/registry/apps/statefulset/storage/storage.go (scale), pkg/registry/core/pod/storage (binding, eviction).
"""

from collections.abc import Callable
from typing import Any

from storagetui.sim import negotiation, refusal, reply, selectors
from storagetui.sim.body import delete_options_in, object_in
from storagetui.sim.call import Call
from storagetui.sim.deletion import DeleteOptions
from storagetui.sim.patches import patched
from storagetui.sim.printing.column import selector_text
from storagetui.sim.reading import formed, listed, selection
from storagetui.sim.refusal import Refusal
from storagetui.sim.reply import Reply
from storagetui.sim.store import ObjectStore
from storagetui.sim.wire import Json, copied, dig, encoded, name_of, uid_of

_PROPAGATION = ("Foreground", "Background", "Orphan")


def create(store: ObjectStore, call: Call) -> Reply:
    """Create an object, or carry out what a POST on a subresource means."""
    wanted = negotiation.form(call.headers.get("accept", ""))
    if call.subresource in _POSTS:
        return _POSTS[call.subresource](store, call)
    if call.name or call.subresource or (call.resource.namespaced and not call.namespace):
        raise refusal.wrong_method()
    obj = object_in(call)
    _place(call, obj)
    made = store.create(call.resource.name, obj, dry_run=_dry_run(call))
    return formed(store, call, made, wanted, 201)


def update(store: ObjectStore, call: Call) -> Reply:
    """Replace an object or one of its subresources."""
    wanted = negotiation.form(call.headers.get("accept", ""))
    _check_named(call)
    obj = object_in(call, "Scale" if call.subresource == "scale" else "")
    _place(call, obj)
    if not name_of(obj):
        why = f"the name of the object ({call.name} based on URL) was undeterminable: name must be provided"
        raise refusal.bad_request(why)
    if name_of(obj) != call.name:
        why = f"the name of the object ({name_of(obj)}) does not match the name on the URL ({call.name})"
        raise refusal.bad_request(why)
    return _stored(store, call, obj, wanted)


def patch(store: ObjectStore, call: Call) -> Reply:
    """Apply a patch to an object or one of its subresources."""
    wanted = negotiation.form(call.headers.get("accept", ""))
    _check_named(call)
    content_type = call.headers.get("content-type", "").partition(";")[0].strip()
    old = _part(store, call)
    changed = patched(call.resource, old, content_type, call.body)
    if name_of(changed) != call.name:
        why = f"the name of the object ({name_of(changed)}) does not match the name on the URL ({call.name})"
        raise refusal.bad_request(why)
    if uid_of(changed) != uid_of(old):
        error = refusal.invalid_value("metadata.uid", uid_of(changed), "field is immutable")
        raise refusal.invalid(call.resource.group, call.resource.kind, call.name, [error])
    try:
        return _stored(store, call, changed, wanted)
    except Refusal as refused:
        if refused.code != 400:
            raise
        raise _undecodable_patch(changed, refused) from refused


def _undecodable_patch(changed: Json, refused: Refusal) -> Refusal:
    """A patch that leads to what cannot be decoded is invalid, and all of it is told (applyPatchToCurrentObject)."""
    why = refused.message.partition(": ")[2] or refused.message
    return refusal.invalid("", "", "", [refusal.invalid_value("patch", encoded(changed).decode(), why)])


def delete(store: ObjectStore, call: Call) -> Reply:
    """Delete one object; a Status or the object answers, as the resource has it."""
    _check_named(call)
    if call.subresource:
        raise refusal.wrong_method()
    resource, namespace = call.resource.name, _namespace(call)
    last = store.delete(resource, call.name, namespace, **_delete_options(call))
    gone = store.find(resource, call.name, namespace) is None
    if call.resource.returns_deleted or not gone:
        return reply.of_json(last)
    details = {"name": call.name, "group": call.resource.group, "kind": call.resource.plural, "uid": uid_of(last)}
    return reply.of_json(_success({key: value for key, value in details.items() if value}))


async def delete_collection(store: ObjectStore, call: Call) -> Reply:
    """Delete every object that is selected; the list of them answers."""
    if call.resource.namespaced and not call.namespace:
        raise refusal.wrong_method()
    options = _delete_options(call)
    chosen = selection(call)
    answer = await listed(store, call)
    for obj in store.list(call.resource.name, chosen.namespace):
        if chosen.matches(obj):
            store.delete(call.resource.name, name_of(obj), chosen.namespace, **options)
    return answer


def _stored(store: ObjectStore, call: Call, obj: Json, wanted: str) -> Reply:
    """Store a whole object, or the part of it that a subresource is, and answer with the same."""
    resource, dry_run = call.resource.name, _dry_run(call)
    if call.subresource != "scale":
        made = store.update(resource, obj, subresource=call.subresource, dry_run=dry_run)
        return formed(store, call, made, wanted)
    old = store.get(resource, call.name, _namespace(call))
    replicas = dig(obj, "spec", "replicas", default=0)
    if not isinstance(replicas, int) or replicas < 0:
        error = refusal.invalid_value("spec.replicas", replicas, "must be greater than or equal to 0")
        raise refusal.invalid("autoscaling", "Scale", call.name, [error])
    new = copied(old)
    new["spec"]["replicas"] = replicas
    new["metadata"]["resourceVersion"] = dig(obj, "metadata", "resourceVersion", default="")
    return reply.of_json(_scale(store.update(resource, new, dry_run=dry_run)))


def _part(store: ObjectStore, call: Call) -> Json:
    """What a patch of this call applies to."""
    obj = store.get(call.resource.name, call.name, _namespace(call))
    return _scale(obj) if call.subresource == "scale" else obj


def scale(store: ObjectStore, call: Call) -> Reply:
    """Answer a GET of the scale subresource."""
    return reply.of_json(_scale(store.get(call.resource.name, call.name, _namespace(call))))


def _scale(obj: Json) -> Json:
    metadata = {
        key: obj["metadata"][key]
        for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if key in obj["metadata"]
    }
    status = {
        "replicas": dig(obj, "status", "replicas", default=0),
        "selector": selector_text(dig(obj, "spec", "selector")),
    }
    replicas = dig(obj, "spec", "replicas", default=0)
    spec = {"replicas": replicas} if replicas else {}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status}


def _bind(store: ObjectStore, call: Call) -> Reply:
    """Put a pod on a node, as a scheduler does."""
    obj = copied(store.get("pods", call.name, call.namespace))
    obj["spec"]["nodeName"] = dig(object_in(call, "Binding"), "target", "name", default="")
    store.update("pods", obj, subresource="binding", dry_run=_dry_run(call))
    return reply.of_json({**_success({}), "code": 201}, 201)


def _evict(store: ObjectStore, call: Call) -> Reply:
    """Delete a pod unless its disruption budget forbids it now."""
    eviction = object_in(call, "Eviction")
    if name_of(eviction) != call.name:
        raise refusal.bad_request("name in URL does not match name in Eviction object")
    pod = store.get("pods", call.name, call.namespace)
    if (
        dig(pod, "status", "phase") not in ("Pending", "Succeeded", "Failed")
        and "deletionTimestamp" not in pod["metadata"]
    ):
        _spend_budget(store, pod, dry_run=_dry_run(call))
    if "deletionTimestamp" not in pod["metadata"] and not _dry_run(call):
        store.modify("pods", call.name, call.namespace, _mark_evicted, subresource="status")
    options = _options_from(eviction.get("deleteOptions") or {})
    options["dry_run"] = options["dry_run"] or _dry_run(call)
    store.delete("pods", call.name, call.namespace, **options)
    return reply.of_json({**_success({}), "code": 201}, 201)


def _mark_evicted(pod: Json) -> None:
    """Say in the pod's conditions that it goes because of an eviction (addConditionAndDeletePod)."""
    said = {"reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"}
    conditions = [item for item in dig(pod, "status", "conditions", default=()) if item["type"] != "DisruptionTarget"]
    pod["status"]["conditions"] = [*conditions, {"type": "DisruptionTarget", "status": "True", **said}]


def _spend_budget(store: ObjectStore, pod: Json, *, dry_run: bool) -> None:
    """Count one disruption. Refused with 429 when a budget leaves none, 500 when several budgets claim the pod."""
    labels = dig(pod, "metadata", "labels", default={})
    budgets = [
        item
        for item in store.list("poddisruptionbudgets.policy", pod["metadata"]["namespace"])
        if selectors.of_object(dig(item, "spec", "selector", default={})).matches(labels)
    ]
    if len(budgets) > 1:
        why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        raise refusal.Refusal(500, "", why)
    for budget in budgets:
        name, status = name_of(budget), budget.get("status", {})
        if status.get("disruptionsAllowed", 0) <= 0:
            needed, healthy = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
            said = f"The disruption budget {name} needs {needed} healthy pods and has {healthy} currently"
            refused = refusal.too_many_requests("Cannot evict pod as it would violate the pod's disruption budget.")
            refused.details = {"causes": [{"reason": "DisruptionBudget", "message": said}]}
            raise refused
        changed = copied(budget)
        changed["status"]["disruptionsAllowed"] -= 1
        store.update("poddisruptionbudgets.policy", changed, subresource="status", dry_run=dry_run)


_POSTS: dict[str, Callable[[ObjectStore, Call], Reply]] = {"binding": _bind, "eviction": _evict}


def _place(call: Call, obj: Json) -> None:
    """Give an object the namespace of the path. Refused with 400 when it names another one."""
    metadata = obj.setdefault("metadata", {})
    if not isinstance(metadata, dict):
        raise refusal.undecodable(call.resource.kind, call.resource.version, "metadata is no object")
    if not call.resource.namespaced:
        return
    given = metadata.get("namespace") or call.namespace
    if given != call.namespace:
        raise refusal.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    metadata["namespace"] = call.namespace


def _check_named(call: Call) -> None:
    if not call.name or (call.resource.namespaced and not call.namespace):
        raise refusal.wrong_method()


def _namespace(call: Call) -> str:
    return call.namespace if call.resource.namespaced else ""


def _dry_run(call: Call) -> bool:
    """Whether the call is a dry run. Refused with 422 for anything but All."""
    return _is_dry([call.query["dryRun"]] if "dryRun" in call.query else [], "CreateOptions")


def _is_dry(values: list[str], options: str) -> bool:
    if any(value != "All" for value in values):
        error = refusal.unsupported_value("dryRun", values, ("All",))
        raise refusal.invalid("meta.k8s.io", options, "", [error])
    return bool(values)


def _delete_options(call: Call) -> DeleteOptions:
    """DeleteOptions from the body or, without one, from the query: beside a body the query says nothing."""
    if call.body:
        return _options_from(delete_options_in(call))
    options: Json = {key: call.query[key] for key in ("propagationPolicy",) if key in call.query}
    if "dryRun" in call.query:
        options["dryRun"] = [call.query["dryRun"]]
    if "gracePeriodSeconds" in call.query:
        options["gracePeriodSeconds"] = call.number("gracePeriodSeconds")
    if "orphanDependents" in call.query:
        options["orphanDependents"] = call.flag("orphanDependents")
    return _options_from(options)


def _options_from(options: Json) -> DeleteOptions:
    policy: Any = options.get("propagationPolicy")
    if policy is None and options.get("orphanDependents") is not None:
        policy = "Orphan" if options["orphanDependents"] else "Background"
    if policy not in (None, *_PROPAGATION):
        error = refusal.unsupported_value("propagationPolicy", policy, (*_PROPAGATION, "nil"))
        raise refusal.invalid("meta.k8s.io", "DeleteOptions", "", [error])
    return DeleteOptions(
        grace_s=options.get("gracePeriodSeconds"),
        uid=dig(options, "preconditions", "uid", default=""),
        resource_version=dig(options, "preconditions", "resourceVersion", default=""),
        propagation=policy or "",
        dry_run=_is_dry(options.get("dryRun") or [], "DeleteOptions"),
    )


def _success(details: Json) -> Json:
    status: Json = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    return {**status, "details": details} if details else status
