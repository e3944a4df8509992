"""The resources that the simulated API server serves, with the names and verbs of the real one's discovery.

Source: kubernetes v1.37 api/discovery/*.json; the snapshot kinds from the CRDs of kubernetes-csi/external-snapshotter.
"""

import msgspec

_ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One served resource."""

    group: str = ""
    version: str = "v1"
    plural: str
    kind: str
    singular: str = ""
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = _ALL_VERBS
    custom: bool = False
    """Defined by a CustomResourceDefinition: no strategic merge patch, columns from the definition."""
    generations: bool = False
    """Counts changes of the specification in `metadata.generation`."""
    returns_deleted: bool = False
    """A deletion that takes effect at once answers with the object, not with a Status."""

    @property
    def name(self) -> str:
        """The group-resource, as kubectl and RBAC write it: `pods`, `statefulsets.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        """`v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def stored(self) -> bool:
        """Whether objects of it are kept, as opposed to reviews, which are answered and forgotten."""
        return "get" in self.verbs

    @property
    def has_status(self) -> bool:
        """Whether `status` is written through a subresource of its own."""
        return "status" in self.subresources


def _core(plural: str, kind: str, *short_names: str, **more: object) -> Resource:
    return _resource("", "v1", plural, kind, short_names, more)


def _storage(plural: str, kind: str, *short_names: str, **more: object) -> Resource:
    return _resource("storage.k8s.io", "v1", plural, kind, short_names, {"namespaced": False, **more})


def _workload(plural: str, kind: str, *short_names: str, **more: object) -> Resource:
    more = {"subresources": ("scale", "status"), "categories": ("all",), "generations": True, **more}
    return _resource("apps", "v1", plural, kind, short_names, more)


def _snapshot(plural: str, kind: str, *short_names: str, **more: object) -> Resource:
    more = {"custom": True, "generations": True, **more}
    return _resource("snapshot.storage.k8s.io", "v1", plural, kind, short_names, more)


def _review(group: str, plural: str, kind: str, *, namespaced: bool = False) -> Resource:
    return _resource(group, "v1", plural, kind, (), {"namespaced": namespaced, "verbs": ("create",)})


def _resource(
    group: str, version: str, plural: str, kind: str, short_names: tuple[str, ...], more: dict[str, object]
) -> Resource:
    fields = {"group": group, "version": version, "plural": plural, "kind": kind, "short_names": short_names}
    return msgspec.convert({"singular": kind.lower(), **fields, **more}, Resource)


RESOURCES: tuple[Resource, ...] = (
    _core("configmaps", "ConfigMap", "cm"),
    _core("events", "Event", "ev"),
    _core("limitranges", "LimitRange", "limits"),
    _core(
        "namespaces",
        "Namespace",
        "ns",
        namespaced=False,
        subresources=("finalize", "status"),
        returns_deleted=True,
        verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
    ),
    _core("nodes", "Node", "no", namespaced=False, subresources=("status",)),
    _core("persistentvolumeclaims", "PersistentVolumeClaim", "pvc", subresources=("status",), returns_deleted=True),
    _core(
        "persistentvolumes",
        "PersistentVolume",
        "pv",
        namespaced=False,
        subresources=("status",),
        returns_deleted=True,
    ),
    _core(
        "pods",
        "Pod",
        "po",
        subresources=("binding", "eviction", "status"),
        categories=("all",),
        generations=True,
        returns_deleted=True,
    ),
    _core("resourcequotas", "ResourceQuota", "quota", subresources=("status",), returns_deleted=True),
    _core("secrets", "Secret"),
    _core("serviceaccounts", "ServiceAccount", "sa", returns_deleted=True),
    _core("services", "Service", "svc", subresources=("status",), categories=("all",), returns_deleted=True),
    _workload("controllerrevisions", "ControllerRevision", subresources=(), categories=(), generations=False),
    _workload("daemonsets", "DaemonSet", "ds", subresources=("status",)),
    _workload("deployments", "Deployment", "deploy"),
    _workload("replicasets", "ReplicaSet", "rs"),
    _workload("statefulsets", "StatefulSet", "sts"),
    _resource(
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        ("hpa",),
        {"subresources": ("status",), "categories": ("all",)},
    ),
    _resource(
        "batch",
        "v1",
        "cronjobs",
        "CronJob",
        ("cj",),
        {"subresources": ("status",), "categories": ("all",), "generations": True},
    ),
    _resource(
        "batch", "v1", "jobs", "Job", (), {"subresources": ("status",), "categories": ("all",), "generations": True}
    ),
    _resource("coordination.k8s.io", "v1", "leases", "Lease", (), {}),
    _resource(
        "policy",
        "v1",
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        ("pdb",),
        {"subresources": ("status",), "generations": True},
    ),
    _storage("csidrivers", "CSIDriver", returns_deleted=True),
    _storage("csinodes", "CSINode", subresources=("status",), returns_deleted=True),
    _storage("csistoragecapacities", "CSIStorageCapacity", namespaced=True),
    _storage("storageclasses", "StorageClass", "sc", returns_deleted=True),
    _storage("volumeattachments", "VolumeAttachment", subresources=("status",), returns_deleted=True),
    _storage("volumeattributesclasses", "VolumeAttributesClass", "vac", returns_deleted=True),
    _snapshot("volumesnapshotclasses", "VolumeSnapshotClass", "vsclass", "vsclasses", namespaced=False),
    _snapshot(
        "volumesnapshotcontents", "VolumeSnapshotContent", "vsc", "vscs", namespaced=False, subresources=("status",)
    ),
    _snapshot("volumesnapshots", "VolumeSnapshot", "vs", subresources=("status",)),
    _review("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    _review("authorization.k8s.io", "localsubjectaccessreviews", "LocalSubjectAccessReview", namespaced=True),
    _review("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    _review("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
    _review("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"),
)

BY_NAME: dict[str, Resource] = {item.name: item for item in RESOURCES}
"""Every resource by its group-resource."""
BY_PATH: dict[tuple[str, str, str], Resource] = {(item.group, item.version, item.plural): item for item in RESOURCES}
"""Every resource by group, version and plural, as they stand in a path."""


def named(name: str) -> Resource:
    """The resource of that group-resource. Raises LookupError for one that is not served."""
    try:
        return BY_NAME[name]
    except KeyError:
        message = f"the simulated server has no resource {name!r}; write it as kubectl does, such as statefulsets.apps"
        raise LookupError(message) from None
