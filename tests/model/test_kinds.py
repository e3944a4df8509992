"""The table of kinds, and names."""

import pytest

from storagetui.model.keys import Key, Kind, known_kind
from storagetui.model.kinds import KINDS

COLLECTIONS = {
    Kind.PERSISTENT_VOLUME_CLAIM: "/api/v1/persistentvolumeclaims",
    Kind.PERSISTENT_VOLUME: "/api/v1/persistentvolumes",
    Kind.VOLUME_ATTACHMENT: "/apis/storage.k8s.io/v1/volumeattachments",
    Kind.STORAGE_CLASS: "/apis/storage.k8s.io/v1/storageclasses",
    Kind.STATEFUL_SET: "/apis/apps/v1/statefulsets",
    Kind.POD: "/api/v1/pods",
    Kind.NODE: "/api/v1/nodes",
    Kind.CSI_DRIVER: "/apis/storage.k8s.io/v1/csidrivers",
    Kind.CSI_NODE: "/apis/storage.k8s.io/v1/csinodes",
    Kind.CSI_STORAGE_CAPACITY: "/apis/storage.k8s.io/v1/csistoragecapacities",
    Kind.VOLUME_ATTRIBUTES_CLASS: "/apis/storage.k8s.io/v1/volumeattributesclasses",
    Kind.RESOURCE_QUOTA: "/api/v1/resourcequotas",
    Kind.LIMIT_RANGE: "/api/v1/limitranges",
    Kind.NAMESPACE: "/api/v1/namespaces",
    Kind.SERVICE: "/api/v1/services",
    Kind.DEPLOYMENT: "/apis/apps/v1/deployments",
    Kind.REPLICA_SET: "/apis/apps/v1/replicasets",
    Kind.JOB: "/apis/batch/v1/jobs",
    Kind.LEASE: "/apis/coordination.k8s.io/v1/leases",
    Kind.VOLUME_SNAPSHOT: "/apis/snapshot.storage.k8s.io/v1/volumesnapshots",
    Kind.VOLUME_SNAPSHOT_CONTENT: "/apis/snapshot.storage.k8s.io/v1/volumesnapshotcontents",
    Kind.VOLUME_SNAPSHOT_CLASS: "/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses",
    Kind.BACKUP: "/apis/velero.io/v1/backups",
    Kind.SCHEDULE: "/apis/velero.io/v1/schedules",
    Kind.RESTORE: "/apis/velero.io/v1/restores",
    Kind.BACKUP_STORAGE_LOCATION: "/apis/velero.io/v1/backupstoragelocations",
    Kind.EVENT: "/api/v1/events",
}
"""As `kubectl api-resources` and `kubectl get --raw` know them."""
WITHOUT_NAMESPACE = {
    Kind.PERSISTENT_VOLUME,
    Kind.VOLUME_ATTACHMENT,
    Kind.STORAGE_CLASS,
    Kind.NODE,
    Kind.CSI_DRIVER,
    Kind.CSI_NODE,
    Kind.VOLUME_ATTRIBUTES_CLASS,
    Kind.NAMESPACE,
    Kind.VOLUME_SNAPSHOT_CONTENT,
    Kind.VOLUME_SNAPSHOT_CLASS,
}


def test_every_kind_has_a_row_and_storage_is_loaded_first() -> None:
    assert set(KINDS) == set(Kind) == set(COLLECTIONS)
    assert list(KINDS)[:2] == [Kind.PERSISTENT_VOLUME_CLAIM, Kind.PERSISTENT_VOLUME]
    assert list(KINDS)[-1] is Kind.EVENT


@pytest.mark.parametrize("kind", list(Kind))
def test_the_paths_of_a_kind(kind: Kind) -> None:
    info, collection = KINDS[kind], COLLECTIONS[kind]
    root, _, plural = collection.rpartition("/")
    inside = "" if kind in WITHOUT_NAMESPACE else "/namespaces/shop"
    assert info.is_namespaced == (kind not in WITHOUT_NAMESPACE)
    assert info.path() == collection
    assert info.path("shop") == f"{root}{inside}/{plural}"
    assert info.path("shop", "one") == f"{root}{inside}/{plural}/one"
    assert info.kind is kind
    assert info.api_version == root.removeprefix("/apis/").removeprefix("/api/")


def test_what_a_user_typed_stays_one_segment_of_the_path() -> None:
    claims = KINDS[Kind.PERSISTENT_VOLUME_CLAIM]
    assert claims.path("../../secrets?x=%") == "/api/v1/namespaces/..%2F..%2Fsecrets%3Fx%3D%25/persistentvolumeclaims"
    assert claims.path("shop", "a/b") == "/api/v1/namespaces/shop/persistentvolumeclaims/a%2Fb"


def test_names_of_kinds_and_objects() -> None:
    assert known_kind("StatefulSet") is Kind.STATEFUL_SET
    assert known_kind("DaemonSet") is None
    assert str(Key(Kind.POD, "shop", "db-0")) == "Pod shop/db-0"
    assert str(Key(Kind.NODE, "", "node-a")) == "Node node-a"


def test_plurals_and_nouns_are_each_their_kinds_own() -> None:
    assert len({info.plural for info in KINDS.values()}) == len(KINDS)
    assert len({info.noun for info in KINDS.values()}) == len(KINDS)
