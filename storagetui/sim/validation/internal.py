"""Objects as the real server shows them inside some of its refusals: in its internal types, every field in Go's order.

Source: kubernetes/pkg/apis/core/types.go (v1.37). The internal types have no JSON names, so that Go's are printed.
"""

import difflib
import json
from typing import Any

from storagetui.sim.wire import Json, dig

_SOURCES = (
    *("GCEPersistentDisk", "AWSElasticBlockStore", "HostPath", "Glusterfs", "NFS", "RBD", "Quobyte", "ISCSI"),
    *("FlexVolume", "Cinder", "CephFS", "FC", "Flocker", "AzureFile", "VsphereVolume", "AzureDisk"),
    *("PhotonPersistentDisk", "PortworxVolume", "ScaleIO", "Local", "StorageOS", "CSI"),
)
_CSI_SECRETS = (
    *("controllerPublishSecretRef", "nodeStageSecretRef", "nodePublishSecretRef"),
    *("controllerExpandSecretRef", "nodeExpandSecretRef"),
)
_CLAIM_STATUS = (
    *("AccessModes", "Capacity", "Conditions", "AllocatedResources", "AllocatedResourceStatuses"),
    *("CurrentVolumeAttributesClassName", "ModifyVolumeStatus", "HealthStatus"),
)


def claim_spec(spec: Json) -> Json:
    """A claim's specification."""
    resources = spec.get("resources", {})
    return {
        "AccessModes": spec.get("accessModes"),
        "Selector": spec.get("selector"),
        "Resources": {"Limits": resources.get("limits"), "Requests": resources.get("requests")},
        "VolumeName": spec.get("volumeName", ""),
        "StorageClassName": spec.get("storageClassName"),
        "VolumeMode": spec.get("volumeMode"),
        "DataSource": capitals(spec.get("dataSource")),
        "DataSourceRef": capitals(spec.get("dataSourceRef")),
        "VolumeAttributesClassName": spec.get("volumeAttributesClassName"),
    }


def claim_templates(templates: list[Json] | None) -> list[Json] | None:
    """The claim templates of a set; their metadata lies flat, as it is embedded."""
    if templates is None:
        return None
    return [
        {
            **claim.get("metadata", {}),
            "Spec": claim_spec(claim.get("spec", {})),
            "Status": {"Phase": dig(claim, "status", "phase", default=""), **dict.fromkeys(_CLAIM_STATUS)},
        }
        for claim in templates
    ]


def volume_source(source: Json) -> Json:
    """What a volume is made of: of all kinds of source one is set."""
    given = {key.lower(): value for key, value in source.items()}
    made: Json = {}
    for name in _SOURCES:
        made[name] = _csi(given["csi"]) if name == "CSI" and "csi" in given else capitals(given.get(name.lower()))
    return made


def node_affinity(affinity: Json | None) -> Json | None:
    """What ties a volume to nodes."""
    if affinity is None:
        return None
    terms = [
        {"MatchExpressions": None, "MatchFields": None, **capitals(term)}
        for term in dig(affinity, "required", "nodeSelectorTerms", default=[])
    ]
    return {"Required": {"NodeSelectorTerms": terms}}


def capitals(value: Any) -> Any:
    """A value with its field names as Go has them; fields that are not set are not added."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: capitals(item) for key, item in value.items()}
    return [capitals(item) for item in value] if isinstance(value, list) else value


def difference(old: Any, new: Any) -> str:
    """A unified diff of two values, as the real server appends it (k8s.io/apimachinery/pkg/util/diff)."""
    before, after = (json.dumps(value, indent=1).splitlines() for value in (old, new))
    parts = list(difflib.unified_diff(before, after, lineterm="", n=3))
    return "\n".join(parts[2:]) + "\n"


def _csi(source: Json) -> Json:
    return {
        "Driver": source.get("driver", ""),
        "VolumeHandle": source.get("volumeHandle", ""),
        "ReadOnly": source.get("readOnly", False),
        "FSType": source.get("fsType", ""),
        "VolumeAttributes": source.get("volumeAttributes"),
        **{name[:1].upper() + name[1:]: capitals(source.get(name)) for name in _CSI_SECRETS},
    }
