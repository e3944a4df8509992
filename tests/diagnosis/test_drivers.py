import pytest

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import DRIVERS, hint, product


@pytest.mark.parametrize(
    ("driver", "name"),
    [
        ("ebs.csi.aws.com", "Amazon EBS"),
        ("kubernetes.io/aws-ebs", "Amazon EBS"),
        ("rook-ceph.rbd.csi.ceph.com", "Ceph RBD"),
        ("rbd.csi.ceph.com", "Ceph RBD"),
        ("openshift-storage.cephfs.csi.ceph.com", "CephFS"),
        ("rancher.io/local-path", "local-path"),
        ("disk.csi.example", ""),
        ("", ""),
    ],
)
def test_a_driver_is_known_by_its_name(driver: str, name: str) -> None:
    assert product(driver) == name


def test_a_topic_may_have_nothing_particular() -> None:
    assert "AmazonEBSCSIDriverPolicy" in hint("ebs.csi.aws.com", Topic.RIGHTS)
    assert hint("rancher.io/local-path", Topic.RIGHTS) == ""
    assert hint("disk.csi.example", Topic.ROOM) == ""


def test_names_are_told_once_and_hints_are_sentences() -> None:
    names = [name for row in DRIVERS for name in row.names]
    assert len(names) == len(set(names))
    for row in DRIVERS:
        assert all(text.endswith(".") and (text[0].isupper() or text[0].islower()) for text in row.hints.values())
        assert row.hints
