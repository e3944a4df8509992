"""Rows of the core kinds other than pods.

Source: kubernetes/pkg/printers/internalversion/printers.go.
"""

from datetime import datetime
from typing import Any

from storagetui.sim.printing.column import (
    Column,
    Printer,
    access_modes,
    age,
    columns,
    labels_text,
    since,
)
from storagetui.sim.validation.claims import class_of
from storagetui.sim.wire import Json, dig

_ROLE_PREFIX = "node-role.kubernetes.io/"


def _claim(obj: Json, now: datetime) -> list[Any]:
    spec, status = obj["spec"], obj.get("status", {})
    bound = bool(spec.get("volumeName"))
    return [
        obj["metadata"]["name"],
        _phase(obj),
        spec.get("volumeName", ""),
        dig(status, "capacity", "storage", default="0") if bound else "",
        access_modes(status.get("accessModes")) if bound else "",
        class_of(obj),
        spec.get("volumeAttributesClassName") or "<unset>",
        age(obj, now),
        spec.get("volumeMode") or "<unset>",
    ]


def _volume(obj: Json, now: datetime) -> list[Any]:
    spec, reference = obj["spec"], dig(obj, "spec", "claimRef")
    return [
        obj["metadata"]["name"],
        dig(spec, "capacity", "storage", default="0"),
        access_modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        _phase(obj),
        f"{reference.get('namespace', '')}/{reference.get('name', '')}" if reference else "",
        class_of(obj),
        spec.get("volumeAttributesClassName") or "<unset>",
        dig(obj, "status", "reason", default=""),
        age(obj, now),
        spec.get("volumeMode") or "<unset>",
    ]


def _phase(obj: Json) -> str:
    return "Terminating" if "deletionTimestamp" in obj["metadata"] else dig(obj, "status", "phase", default="")


def _node(obj: Json, now: datetime) -> list[Any]:
    ready = [item for item in dig(obj, "status", "conditions", default=()) if item["type"] == "Ready"]
    states = ["Ready" if item["status"] == "True" else "NotReady" for item in ready[-1:]] or ["Unknown"]
    if dig(obj, "spec", "unschedulable"):
        states.append("SchedulingDisabled")
    labels = dig(obj, "metadata", "labels", default={})
    roles = {key.removeprefix(_ROLE_PREFIX) for key in labels if key.startswith(_ROLE_PREFIX)} - {""}
    roles |= {labels["kubernetes.io/role"]} if labels.get("kubernetes.io/role") else set()
    info = dig(obj, "status", "nodeInfo", default={})
    kernel = info.get("kernelVersion") or "<unknown>"
    if info.get("architecture"):
        kernel += f" ({info['architecture']})"
    addresses = {item["type"]: item["address"] for item in reversed(dig(obj, "status", "addresses", default=[]))}
    return [
        obj["metadata"]["name"],
        ",".join(states),
        ",".join(sorted(roles)) or "<none>",
        age(obj, now),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP", "<none>"),
        addresses.get("ExternalIP", "<none>"),
        info.get("osImage") or "<unknown>",
        kernel,
        info.get("containerRuntimeVersion") or "<unknown>",
    ]


def _event(obj: Json, now: datetime) -> list[Any]:
    first = since(obj.get("firstTimestamp") or obj.get("eventTime"), now)
    last = since(obj["lastTimestamp"], now) if obj.get("lastTimestamp") else first
    count, series = obj.get("count") or 1, obj.get("series")
    if series:
        last, count = since(series.get("lastObservedTime"), now), series.get("count", 1)
    target, source = obj.get("involvedObject", {}), obj.get("source", {})
    component = source.get("component") or obj.get("reportingComponent") or ""
    instance = source.get("host") or obj.get("reportingInstance") or ""
    kind = str(target.get("kind", "")).lower()
    return [
        last,
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{kind}/{target['name']}" if target.get("name") else kind,
        target.get("fieldPath", ""),
        f"{component}, {instance}" if instance else component,
        str(obj.get("message", "")).strip(),
        first,
        count,
        obj["metadata"]["name"],
    ]


def _namespace(obj: Json, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], dig(obj, "status", "phase", default=""), age(obj, now)]


def _service(obj: Json, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    ports = [
        f"{item['port']}:{item['nodePort']}/{item['protocol']}"
        if item.get("nodePort")
        else f"{item['port']}/{item['protocol']}"
        for item in spec.get("ports", ())
    ]
    return [
        obj["metadata"]["name"],
        spec.get("type", ""),
        dig(spec, "clusterIPs", 0, default="<none>"),
        _external_address(obj),
        ",".join(ports) or "<none>",
        age(obj, now),
        labels_text(spec.get("selector")),
    ]


def _external_address(service: Json) -> str:
    spec = service.get("spec", {})
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", ""))
    found = [*spec.get("externalIPs", ())]
    if spec.get("type") == "LoadBalancer":
        ingress = dig(service, "status", "loadBalancer", "ingress", default=[])
        found = [str(item.get("ip") or item.get("hostname")) for item in ingress] + found
        return ",".join(found) or "<pending>"
    return ",".join(found) or "<none>"


def _config_map(obj: Json, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], len(obj.get("data", {})) + len(obj.get("binaryData", {})), age(obj, now)]


def _secret(obj: Json, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj.get("type", ""), len(obj.get("data", {})), age(obj, now)]


def _service_account(obj: Json, now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], age(obj, now)]


def _quota(obj: Json, now: datetime) -> list[Any]:
    hard, used = dig(obj, "status", "hard", default={}), dig(obj, "status", "used", default={})
    texts = {name: f"{name}: {used.get(name, '0')}/{hard[name]}" for name in sorted(hard)}
    limits = [text for name, text in texts.items() if name.startswith("limits.")]
    others = [text for name, text in texts.items() if not name.startswith("limits.")]
    return [obj["metadata"]["name"], ", ".join(others), ", ".join(limits), age(obj, now)]


_EVENT_COLUMNS = (
    *columns("Last Seen", "Type", "Reason", "Object"),
    Column("Subobject", priority=1),
    Column("Source", priority=1),
    Column("Message"),
    Column("First Seen", priority=1),
    Column("Count", priority=1),
    Column("Name", format="name", priority=1),
)
CORE: dict[str, Printer] = {
    "configmaps": Printer(columns("Name", "Data", "Age"), _config_map),
    "events": Printer(_EVENT_COLUMNS, _event),
    "namespaces": Printer(columns("Name", "Status", "Age"), _namespace),
    "nodes": Printer(
        columns(
            "Name",
            "Status",
            "Roles",
            "Age",
            "Version",
            wide=("Internal-IP", "External-IP", "OS-Image", "Kernel-Version", "Container-Runtime"),
        ),
        _node,
    ),
    "persistentvolumeclaims": Printer(
        columns(
            *("Name", "Status", "Volume", "Capacity", "Access Modes", "StorageClass", "VolumeAttributesClass", "Age"),
            wide=("VolumeMode",),
        ),
        _claim,
    ),
    "persistentvolumes": Printer(
        columns(
            *("Name", "Capacity", "Access Modes", "Reclaim Policy", "Status", "Claim", "StorageClass"),
            *("VolumeAttributesClass", "Reason", "Age"),
            wide=("VolumeMode",),
        ),
        _volume,
    ),
    "resourcequotas": Printer(columns("Name", "Request", "Limit", "Age"), _quota),
    "secrets": Printer(columns("Name", "Type", "Data", "Age"), _secret),
    "serviceaccounts": Printer(columns("Name", "Age"), _service_account),
    "services": Printer(
        columns("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", wide=("Selector",)), _service
    ),
}
