"""Rules for StatefulSets, the other workloads, and pods.

Source: kubernetes/pkg/apis/apps/validation/validation.go and ValidatePodUpdate in
pkg/apis/core/validation/validation.go (v1.37; up to 1.36 a forbidden change of a set was refused as one sentence that
begins with `updates to statefulset spec for fields other than`).
"""

from collections.abc import Iterator

from storagetui.sim import selectors
from storagetui.sim.refusal import FieldError, forbidden_field, invalid_value, required, unsupported_value
from storagetui.sim.validation import internal
from storagetui.sim.validation.claims import claim_spec
from storagetui.sim.validation.metadata import bad_label, bad_subdomain, immutable
from storagetui.sim.wire import Json, copied, dig

_CHANGEABLE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_POLICIES = ("Retain", "Delete")


def stateful_set(obj: Json) -> Iterator[FieldError]:
    """What is wrong with a StatefulSet by itself."""
    spec = obj["spec"]
    if spec["podManagementPolicy"] not in ("OrderedReady", "Parallel"):
        why = "must be 'OrderedReady' or 'Parallel'"
        yield invalid_value("spec.podManagementPolicy", spec["podManagementPolicy"], why)
    strategy = spec["updateStrategy"]
    if strategy["type"] not in ("RollingUpdate", "OnDelete"):
        yield invalid_value("spec.updateStrategy", strategy, "must be 'RollingUpdate' or 'OnDelete'")
    retention = spec["persistentVolumeClaimRetentionPolicy"]
    for field in ("whenDeleted", "whenScaled"):
        if retention[field] not in _POLICIES:
            path = f"spec.persistentVolumeClaimRetentionPolicy.{field}"
            yield unsupported_value(path, retention[field], _POLICIES)
    for index, claim in enumerate(spec.get("volumeClaimTemplates", ())):
        yield from claim_spec(claim.get("spec", {}), f"spec.volumeClaimTemplates[{index}].spec")
    start = dig(spec, "ordinals", "start", default=0)
    for path, number in (("spec.replicas", spec["replicas"]), ("spec.ordinals.start", start)):
        yield from _not_negative(path, number)
    name = spec["serviceName"]
    yield from (invalid_value("spec.serviceName", name, why) for why in (bad_label(name) if name else ()))
    yield from selected_template(obj)


def changed_stateful_set(new: Json, old: Json) -> Iterator[FieldError]:
    """What is wrong with an update of a StatefulSet: the fields that may not change."""
    yield from stateful_set(new)
    spec, before = new["spec"], old["spec"]
    yield from immutable(spec.get("selector"), before.get("selector"), "spec.selector")
    templates, old_templates = (internal.claim_templates(item.get("volumeClaimTemplates")) for item in (spec, before))
    yield from immutable(templates, old_templates, "spec.volumeClaimTemplates")
    for field in ("serviceName", "podManagementPolicy"):
        yield from immutable(spec.get(field), before.get(field), f"spec.{field}")


def selected_template(obj: Json) -> Iterator[FieldError]:
    """What is wrong with a workload's selector and the labels and containers of its pod template."""
    spec, kind = obj["spec"], obj["kind"].lower()
    selector = spec.get("selector")
    if selector is None:
        yield required("spec.selector")
    elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield invalid_value("spec.selector", selector, f"empty selector is invalid for {kind}")
    labels = dig(spec, "template", "metadata", "labels", default={})
    if selector is None or not selectors.of_object(selector).matches(labels):
        why = "`selector` does not match template `labels`"
        yield invalid_value("spec.template.metadata.labels", labels, why)
    yield from _pod_spec(dig(spec, "template", "spec", default={}), "spec.template.spec", claims_follow=True)


def replicated(obj: Json) -> Iterator[FieldError]:
    """What is wrong with a Deployment or ReplicaSet by itself."""
    yield from selected_template(obj)
    yield from _not_negative("spec.replicas", obj["spec"].get("replicas", 1))


def same_selector(new: Json, old: Json) -> Iterator[FieldError]:
    """What is wrong with an update of a Deployment, ReplicaSet or DaemonSet."""
    yield from replicated(new)
    yield from immutable(new["spec"].get("selector"), old["spec"].get("selector"), "spec.selector")


def pod(obj: Json) -> Iterator[FieldError]:
    """What is wrong with a pod by itself."""
    yield from _pod_spec(obj["spec"], "spec")


def changed_pod(new: Json, old: Json) -> Iterator[FieldError]:
    """What is wrong with an update of a pod: next to nothing of its specification may change."""
    spec, before = copied(new["spec"]), copied(old["spec"])
    kept = before.get("tolerations", [])
    if any(item not in spec.get("tolerations", []) for item in kept):
        why = "existing toleration can not be modified except its tolerationSeconds"
        yield forbidden_field("spec.tolerations", why)
    for group in ("containers", "initContainers"):
        containers, old_containers = spec.get(group, []), before.get(group, [])
        if len(containers) != len(old_containers):
            yield forbidden_field(f"spec.{group}", "pod updates may not add or remove containers")
            return
        for container, old_container in zip(containers, old_containers, strict=True):
            container["image"] = old_container.get("image")
    for field in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        spec.pop(field, None)
        before.pop(field, None)
    if spec != before:
        why = f"pod updates may not change fields other than {_CHANGEABLE}"
        yield forbidden_field("spec", f"{why}\n{internal.difference(before, spec)}")


def _pod_spec(spec: Json, path: str, *, claims_follow: bool = False) -> Iterator[FieldError]:
    """Containers and volumes; a set's claim templates add volumes that its pod template does not name."""
    volumes: set[str] = set()
    for index, volume in enumerate(spec.get("volumes", ())):
        faults = list(_volume(volume, f"{path}.volumes[{index}]", volumes))
        yield from faults
        if not faults:
            volumes.add(volume["name"])
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    for group in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(group, ())):
            where = f"{path}.{group}[{index}]"
            yield from (required(f"{where}.{field}") for field in ("name", "image") if not container.get(field))
            for mount, entry in enumerate(() if claims_follow else container.get("volumeMounts", ())):
                if entry.get("name") not in volumes:
                    body = f'Not found: "{entry.get("name", "")}"'
                    yield FieldError("FieldValueNotFound", f"{where}.volumeMounts[{mount}].name", body)
    node = spec.get("nodeName", "")
    yield from (invalid_value(f"{path}.nodeName", node, why) for why in (bad_subdomain(node) if node else ()))


def _volume(volume: Json, path: str, taken: set[str]) -> Iterator[FieldError]:
    name, claim = volume.get("name", ""), volume.get("persistentVolumeClaim")
    if claim is not None and not claim.get("claimName"):
        yield required(f"{path}.persistentVolumeClaim.claimName")
    if not name:
        yield required(f"{path}.name")
    else:
        yield from (invalid_value(f"{path}.name", name, why) for why in bad_label(name))
    if name in taken:
        yield FieldError("FieldValueDuplicate", f"{path}.name", f'Duplicate value: "{name}"')


def _not_negative(path: str, number: int) -> Iterator[FieldError]:
    if number < 0:
        yield invalid_value(path, number, "must be greater than or equal to 0")
