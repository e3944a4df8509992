"""Builders of API objects, shaped as somebody would apply them; the server and the controllers fill in the rest."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from storagetui.sim.facts import HOSTNAME, ZONE
from storagetui.sim.resources import RESOURCES
from storagetui.sim.wire import Json

KUBELET_VERSION = "v1.36.2"
CLAIM_MODES = ("ReadWriteOnce",)
_RESOURCE_OF_KIND = {(item.api_version, item.kind): item.name for item in RESOURCES}


def resource_of(obj: Json) -> str:
    """The group-resource of an object by its apiVersion and kind. Raises KeyError for a kind that is not served."""
    return _RESOURCE_OF_KIND[obj["apiVersion"], obj["kind"]]


def _object(api_version: str, kind: str, name: str, namespace: str = "", **fields: Any) -> Json:
    metadata: Json = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def namespace(name: str) -> Json:
    """A namespace."""
    return _object("v1", "Namespace", name)


def node(name: str, zone: str, number: int, *, pods: int = 110) -> Json:
    """A worker; `number` gives it addresses of its own."""
    region = zone.rstrip("abcdef")
    found = {
        HOSTNAME: name,
        ZONE: zone,
        "topology.kubernetes.io/region": region,
        "node.kubernetes.io/instance-type": "m6i.xlarge",
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
    }
    made = _object("v1", "Node", name)
    made["metadata"]["labels"] = found
    made["spec"] = {
        "podCIDR": f"10.244.{number}.0/24",
        "podCIDRs": [f"10.244.{number}.0/24"],
        "providerID": f"aws:///{zone}/i-{number:017x}",
    }
    room = {"cpu": "4", "memory": "16Gi", "pods": str(pods), "ephemeral-storage": "80Gi"}
    address = f"10.0.{number // 250}.{number % 250 + 10}"
    made["status"] = {
        "capacity": room,
        "allocatable": {**room, "cpu": "3920m", "memory": "15Gi"},
        "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
        "nodeInfo": {
            "machineID": f"{number:032x}",
            "systemUUID": f"{number:032x}",
            "bootID": f"{number:032x}",
            "kernelVersion": "6.12.8",
            "osImage": "Bottlerocket OS 1.30.0",
            "containerRuntimeVersion": "containerd://2.1.4",
            "kubeletVersion": KUBELET_VERSION,
            "kubeProxyVersion": "",
            "operatingSystem": "linux",
            "architecture": "amd64",
        },
    }
    return made


def csi_driver(name: str, *, attach: bool = True, reports_capacity: bool = False) -> Json:
    """A CSI driver as its installation declares it."""
    spec = {
        "attachRequired": attach,
        "podInfoOnMount": False,
        "fsGroupPolicy": "ReadWriteOnceWithFSType",
        "storageCapacity": reports_capacity,
        "requiresRepublish": False,
        "seLinuxMount": False,
        "volumeLifecycleModes": ["Persistent"],
    }
    return _object("storage.k8s.io/v1", "CSIDriver", name, spec=spec)


def csi_node(name: str, drivers: Mapping[str, int | None], topology_key: str = ZONE) -> Json:
    """The drivers registered on a node, each with how many volumes it can attach there (None: no limit)."""
    entries = []
    for driver, limit in drivers.items():
        entry: Json = {"name": driver, "nodeID": f"{driver.split('.')[0]}-{name}", "topologyKeys": [topology_key]}
        if limit is not None:
            entry["allocatable"] = {"count": limit}
        entries.append(entry)
    return _object("storage.k8s.io/v1", "CSINode", name, spec={"drivers": entries})


def storage_class(
    name: str,
    provisioner: str,
    *,
    late: bool = True,
    expands: bool = True,
    default: bool = False,
    reclaim: str = "Delete",
) -> Json:
    """A storage class; `late` binds when the first pod is scheduled."""
    made = _object("storage.k8s.io/v1", "StorageClass", name, provisioner=provisioner)
    made |= {"reclaimPolicy": reclaim, "volumeBindingMode": "WaitForFirstConsumer" if late else "Immediate"}
    if expands:
        made["allowVolumeExpansion"] = True
    if default:
        made["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    return made


def claim(
    where: str, name: str, size: str, class_name: str | None = None, *, modes: Sequence[str] = CLAIM_MODES, **spec: Any
) -> Json:
    """A claim in namespace `where`; without class name it gets the default class, with "" none."""
    wanted: Json = {"accessModes": list(modes), "resources": {"requests": {"storage": size}}, **spec}
    if class_name is not None:
        wanted["storageClassName"] = class_name
    return _object("v1", "PersistentVolumeClaim", name, where, spec=wanted)


def claim_template(name: str, size: str, class_name: str | None = None) -> Json:
    """A claim template of a set."""
    made = claim("", name, size, class_name)
    return {"metadata": {"name": name}, "spec": made["spec"]}


def static_volume(name: str, size: str, class_name: str, driver: str, *, zone: str = "") -> Json:
    """A volume that somebody made by hand, kept when its claim goes."""
    spec: Json = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": class_name,
        "csi": {"driver": driver, "volumeHandle": f"static-{name}", "fsType": "ext4"},
    }
    if zone:
        wanted = {"key": ZONE, "operator": "In", "values": [zone]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [wanted]}]}}
    return _object("v1", "PersistentVolume", name, spec=spec)


def service(where: str, name: str, *, headless: bool = False, port: int = 80) -> Json:
    """A service that selects pods by `app`."""
    spec: Json = {"selector": {"app": name}, "ports": [{"name": "main", "port": port}]}
    if headless:
        spec |= {"clusterIP": "None", "clusterIPs": ["None"]}
    return _object("v1", "Service", name, where, spec=spec)


def quota(where: str, name: str, **hard: str) -> Json:
    """A quota; `requests_storage` stands for `requests.storage`."""
    return _object("v1", "ResourceQuota", name, where, spec={"hard": {k.replace("_", "."): v for k, v in hard.items()}})


def pod_template(app: str, image: str, *, mounts: Mapping[str, str] | None = None, **spec: Any) -> Json:
    """A pod template with one container; `mounts` names the claim of each mounted volume, or "" for a set's own."""
    container: Json = {"name": app, "image": image, "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}}}
    volumes: list[Json] = []
    if mounts:
        container["volumeMounts"] = [{"name": name, "mountPath": f"/var/lib/{app}/{name}"} for name in mounts]
        volumes = [
            {"name": name, "persistentVolumeClaim": {"claimName": claim_name}}
            for name, claim_name in mounts.items()
            if claim_name
        ]
    wanted: Json = {"containers": [container], **spec}
    if volumes:
        wanted["volumes"] = volumes
    return {"metadata": {"labels": {"app": app}}, "spec": wanted}


def stateful_set(
    where: str,
    name: str,
    image: str,
    replicas: int,
    claims: Iterable[Json] = (),
    *,
    pod: Mapping[str, Any] | None = None,
    **spec: Any,
) -> Json:
    """A StatefulSet with a headless service of the same name; `claims` are its claim templates."""
    templates = list(claims)
    mounts = {item["metadata"]["name"]: "" for item in templates}
    wanted: Json = {
        "serviceName": name,
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": pod_template(name, image, mounts=mounts, **(pod or {})),
        **spec,
    }
    if templates:
        wanted["volumeClaimTemplates"] = templates
    made = _object("apps/v1", "StatefulSet", name, where, spec=wanted)
    made["metadata"]["labels"] = {"app": name}
    return made


def deployment(where: str, name: str, image: str, replicas: int, *, claim_name: str = "", **spec: Any) -> Json:
    """A Deployment; with a claim name every replica mounts that one claim."""
    template = pod_template(name, image, mounts={"data": claim_name} if claim_name else {})
    wanted: Json = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    made = _object("apps/v1", "Deployment", name, where, spec=wanted)
    made["metadata"]["labels"] = {"app": name}
    return made


def daemon_set(where: str, name: str, image: str, selector: Mapping[str, str] | None = None) -> Json:
    """A DaemonSet on the nodes that `selector` selects; it tolerates every taint."""
    template = pod_template(name, image, tolerations=[{"operator": "Exists"}])
    if selector:
        template["spec"]["nodeSelector"] = dict(selector)
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
    return _object("apps/v1", "DaemonSet", name, where, spec=spec)


def job(where: str, name: str, image: str, *, claim_name: str = "", keep_s: int = 120) -> Json:
    """A Job of one pod that is deleted some time after it has finished."""
    template = pod_template(name, image, mounts={"data": claim_name} if claim_name else {}, restartPolicy="Never")
    return _object("batch/v1", "Job", name, where, spec={"template": template, "ttlSecondsAfterFinished": keep_s})


def pod(where: str, name: str, image: str, *, claims: Mapping[str, str] | None = None, **spec: Any) -> Json:
    """A pod without owner."""
    template = pod_template(name, image, mounts=claims or {}, **spec)
    made = _object("v1", "Pod", name, where, spec=template["spec"])
    made["metadata"]["labels"] = template["metadata"]["labels"]
    return made
