"""What the API server fills in when it reads an object: defaults, canonical quantities, no nulls.

Source: kubernetes/pkg/apis/{core,apps,batch,storage}/v1/defaults.go. Only what somebody can see or what validation
relies on is filled in.
"""

import base64
from collections.abc import Callable, Iterator
from typing import Any

from storagetui.sim import quantity, refusal
from storagetui.sim.resources import Resource
from storagetui.sim.wire import Json, dig

DEFAULT_GRACE_S = 30


def complete(kind: Resource, obj: Json) -> None:
    """Bring a decoded object into the form in which it is stored, in place.

    Refused with 400 when a quantity cannot be read, in the words of the real decoder.
    """
    _drop_nulls(obj)
    metadata = obj["metadata"]
    for field in ("labels", "annotations", "finalizers", "ownerReferences"):
        if field in metadata and not metadata[field]:
            del metadata[field]
    if kind.name in _DEFAULTS:
        _DEFAULTS[kind.name](obj)
    try:
        for amounts in _quantities(kind.name, obj):
            for name, text in amounts.items():
                amounts[name] = quantity.canonical(text)
        if kind.name == "csistoragecapacities.storage.k8s.io":
            for field in {"capacity", "maximumVolumeSize"} & obj.keys():
                obj[field] = quantity.canonical(obj[field])
    except ValueError as error:
        raise refusal.undecodable(kind.kind, kind.version, str(error)) from None


def _drop_nulls(value: Any) -> None:
    if isinstance(value, dict):
        for key in [key for key, item in value.items() if item is None]:
            del value[key]
        for item in value.values():
            _drop_nulls(item)
    elif isinstance(value, list):
        for item in value:
            _drop_nulls(item)


def _spec(obj: Json) -> Json:
    spec: Json = obj.setdefault("spec", {})
    return spec


def _fill(target: Json, **values: Any) -> None:
    """Set what is missing; empty text, as Go's types send it, counts as missing."""
    for key, value in values.items():
        if target.get(key) in (None, ""):
            target[key] = value


def _claim_spec(spec: Json) -> None:
    _fill(spec, volumeMode="Filesystem", resources={})
    if spec.get("volumeName") == "":
        del spec["volumeName"]
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source and not reference:
        spec["dataSourceRef"] = dict(source)
    elif reference and not source and not reference.get("namespace") and _old_style(reference):
        spec["dataSource"] = dict(reference)
    for field in ("dataSource", "dataSourceRef"):
        if spec.get(field):
            spec[field].setdefault("apiGroup", None)


def _old_style(reference: Json) -> bool:
    """Whether `dataSource` can hold it too: a claim or a VolumeSnapshot, nothing else."""
    return reference.get("apiGroup") == "snapshot.storage.k8s.io" or reference.get("kind") == "PersistentVolumeClaim"


def _claim(obj: Json) -> None:
    _claim_spec(_spec(obj))
    obj.setdefault("status", {}).setdefault("phase", "Pending")
    _complete_conditions(obj["status"])


def _volume(obj: Json) -> None:
    _fill(_spec(obj), persistentVolumeReclaimPolicy="Retain", volumeMode="Filesystem")
    obj.setdefault("status", {}).setdefault("phase", "Pending")


def _container(container: Json) -> None:
    image = str(container.get("image", ""))
    _, _, tag = image.rpartition("/")[2].partition(":")
    policy = "Always" if tag in ("", "latest") and "@" not in image else "IfNotPresent"
    _fill(container, imagePullPolicy=policy, terminationMessagePath="/dev/termination-log", resources={})
    _fill(container, terminationMessagePolicy="File")
    for port in container.get("ports", ()):
        _fill(port, protocol="TCP")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if probe in container:
            _fill(container[probe], timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)


def _pod_spec(spec: Json) -> None:
    _fill(spec, restartPolicy="Always", terminationGracePeriodSeconds=DEFAULT_GRACE_S, dnsPolicy="ClusterFirst")
    _fill(spec, securityContext={}, schedulerName="default-scheduler", containers=[])
    if spec.get("nodeName") == "":
        del spec["nodeName"]
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        _container(container)
    for volume in spec.get("volumes", ()):
        if set(volume) <= {"name"}:
            volume["emptyDir"] = {}
        for source in ("secret", "configMap", "projected", "downwardAPI"):
            if source in volume:
                _fill(volume[source], defaultMode=420)
        template = dig(volume, "ephemeral", "volumeClaimTemplate", "spec")
        if template is not None:
            _claim_spec(template)


def _pod(obj: Json) -> None:
    spec = _spec(obj)
    _pod_spec(spec)
    _fill(spec, enableServiceLinks=True)
    if spec["terminationGracePeriodSeconds"] < 0:
        spec["terminationGracePeriodSeconds"] = 1
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        limits = container["resources"].get("limits", {})
        if limits:
            container["resources"]["requests"] = {**limits, **container["resources"].get("requests", {})}
    obj.setdefault("status", {}).setdefault("phase", "Pending")
    _complete_conditions(obj["status"])


def _complete_conditions(status: Json) -> None:
    """Conditions of pods and claims have both times, null where nobody set them."""
    for condition in status.get("conditions", ()):
        condition.setdefault("lastProbeTime", None)
        condition.setdefault("lastTransitionTime", None)


def _template(spec: Json) -> None:
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {})
    _pod_spec(template.setdefault("spec", {}))


def _stateful_set(obj: Json) -> None:
    spec = _spec(obj)
    _template(spec)
    if not dig(spec, "updateStrategy", "type"):
        spec["updateStrategy"] = {"type": "RollingUpdate", **spec.get("updateStrategy", {})}
        spec["updateStrategy"].setdefault("rollingUpdate", {})
    if "rollingUpdate" in spec["updateStrategy"]:
        _fill(spec["updateStrategy"]["rollingUpdate"], partition=0, maxUnavailable=1)
    _fill(spec, podManagementPolicy="OrderedReady", replicas=1, revisionHistoryLimit=10, serviceName="")
    policy = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    _fill(policy, whenDeleted="Retain", whenScaled="Retain")
    for claim in spec.get("volumeClaimTemplates", ()):
        claim |= {"kind": "PersistentVolumeClaim", "apiVersion": "v1"}
        claim.setdefault("metadata", {})
        _claim(claim)


def _deployment(obj: Json) -> None:
    spec = _spec(obj)
    _template(spec)
    _fill(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    strategy = spec.setdefault("strategy", {})
    _fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(strategy.setdefault("rollingUpdate", {}), maxUnavailable="25%", maxSurge="25%")


def _replica_set(obj: Json) -> None:
    _template(_spec(obj))
    _fill(obj["spec"], replicas=1)


def _daemon_set(obj: Json) -> None:
    spec = _spec(obj)
    _template(spec)
    _fill(spec, revisionHistoryLimit=10)
    strategy = spec.setdefault("updateStrategy", {})
    _fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(strategy.setdefault("rollingUpdate", {}), maxUnavailable=1, maxSurge=0)


def _job(obj: Json) -> None:
    spec = _spec(obj)
    _template(spec)
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    _fill(spec, parallelism=1, backoffLimit=6, completionMode="NonIndexed", suspend=False, manualSelector=False)
    _fill(spec, podReplacementPolicy="TerminatingOrFailed")


def _cron_job(obj: Json) -> None:
    spec = _spec(obj)
    _fill(spec, concurrencyPolicy="Allow", suspend=False, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)


def _service(obj: Json) -> None:
    spec = _spec(obj)
    _fill(spec, type="ClusterIP", sessionAffinity="None")
    if spec["type"] != "ExternalName":
        _fill(spec, internalTrafficPolicy="Cluster")
    for port in spec.get("ports", ()):
        _fill(port, protocol="TCP", targetPort=port.get("port"))
    obj.setdefault("status", {}).setdefault("loadBalancer", {})


def _namespace(obj: Json) -> None:
    if dig(obj, "metadata", "name"):
        obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]
    obj.setdefault("status", {}).setdefault("phase", "Active")


def _node(obj: Json) -> None:
    status = obj.setdefault("status", {})
    if "capacity" in status and "allocatable" not in status:
        status["allocatable"] = dict(status["capacity"])


def _storage_class(obj: Json) -> None:
    _fill(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _driver(obj: Json) -> None:
    spec = _spec(obj)
    _fill(spec, attachRequired=True, podInfoOnMount=False, storageCapacity=False, requiresRepublish=False)
    _fill(spec, fsGroupPolicy="ReadWriteOnceWithFSType", volumeLifecycleModes=["Persistent"], seLinuxMount=False)


def _secret(obj: Json) -> None:
    _fill(obj, type="Opaque")
    for key, text in (obj.pop("stringData", None) or {}).items():
        obj.setdefault("data", {})[key] = base64.b64encode(text.encode()).decode()


_DEFAULTS: dict[str, Callable[[Json], None]] = {
    "cronjobs.batch": _cron_job,
    "csidrivers.storage.k8s.io": _driver,
    "daemonsets.apps": _daemon_set,
    "deployments.apps": _deployment,
    "jobs.batch": _job,
    "namespaces": _namespace,
    "nodes": _node,
    "persistentvolumeclaims": _claim,
    "persistentvolumes": _volume,
    "pods": _pod,
    "replicasets.apps": _replica_set,
    "secrets": _secret,
    "services": _service,
    "statefulsets.apps": _stateful_set,
    "storageclasses.storage.k8s.io": _storage_class,
}


def _quantities(resource: str, obj: Json) -> Iterator[Json]:
    """Every map from resource name to quantity in an object."""
    for path in _AMOUNTS.get(resource, ()):
        amounts = dig(obj, *path)
        if isinstance(amounts, dict):
            yield amounts
    for limit in dig(obj, "spec", "limits", default=()) if resource == "limitranges" else ():
        yield from (limit[key] for key in ("min", "max", "default", "defaultRequest") if key in limit)
    for claim in dig(obj, "spec", "volumeClaimTemplates", default=()) if resource == "statefulsets.apps" else ():
        yield from _requests(claim)
    pod = obj if resource == "pods" else dig(obj, "spec", "template", default={})
    for container in (*dig(pod, "spec", "initContainers", default=()), *dig(pod, "spec", "containers", default=())):
        resources = container.get("resources", {})
        yield from (resources[key] for key in ("requests", "limits") if key in resources)
    for volume in dig(pod, "spec", "volumes", default=()):
        yield from _requests(dig(volume, "ephemeral", "volumeClaimTemplate", default={}))


def _requests(claim: Json) -> Iterator[Json]:
    resources = dig(claim, "spec", "resources", default={})
    yield from (resources[key] for key in ("requests", "limits") if key in resources)


_AMOUNTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "nodes": (("status", "capacity"), ("status", "allocatable")),
    "persistentvolumeclaims": (
        ("spec", "resources", "requests"),
        ("spec", "resources", "limits"),
        ("status", "capacity"),
        ("status", "allocatedResources"),
    ),
    "persistentvolumes": (("spec", "capacity"),),
    "resourcequotas": (("spec", "hard"), ("status", "hard"), ("status", "used")),
}
