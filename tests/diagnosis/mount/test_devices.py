import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from tests.build import attachment, csi_node, volume
from tests.diagnosis.mount.chain import CHAIN, failure, mount, ready, waiting, with_volume
from tests.diagnosis.world import after, codes, only

TEXTS = {
    "mount-device-not-found": "rpc error: code = Internal desc = Failed to find device path /dev/xvdba. no such file",
    "mount-device-busy": "mount: /x: /dev/longhorn/pvc-1 already mounted or mount point busy.",
    "mount-iscsi-login": "iscsi: failed to attach disk: Error: iscsiadm: Could not login to [iface: default]",
    "mount-path-missing": 'path "/mnt/disks/disk1" does not exist',
}


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_what_is_wrong_with_the_device_is_told_from_the_text(code: str, text: str) -> None:
    finding = only(waiting(), *CHAIN, failure(mount(text)))
    assert finding.code == code
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)
    assert "node-a" in finding.title


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_it_is_reported_from_the_threshold_on_and_until_the_pod_is_ready(code: str, text: str) -> None:
    told = failure(mount(text))
    assert codes(waiting(60), *CHAIN, told, at=after(-0.001)) == []
    assert codes(waiting(60), *CHAIN, told) == [code]
    assert codes(ready(), *CHAIN, told) == []


def test_what_the_cluster_believes_of_the_devices_place_is_told() -> None:
    there = attachment("va-b", volume="pv-data", node="node-b")
    finding = only(waiting(), *CHAIN, there, failure(mount(TEXTS["mount-device-not-found"])))
    assert "By its attachment it is attached here. It has an attachment to node-b as well." in finding.explanation
    assert "handle-pv-data of disk.csi.example" in finding.explanation


def test_a_local_volume_confirms_its_path() -> None:
    local = volume("pv-data", claim="shop/data", spec={"csi": None, "local": {"path": "/mnt/disks/disk1"}})
    finding = only(waiting(), *with_volume(local), failure(mount(TEXTS["mount-path-missing"])))
    assert finding.certainty is Certainty.CONFIRMED
    assert "folder or device /mnt/disks/disk1 of the node" in finding.explanation


def test_the_iscsi_target_is_named() -> None:
    iscsi = volume(
        "pv-data", claim="shop/data", spec={"csi": None, "iscsi": {"targetPortal": "p:3260", "iqn": "iqn.x"}}
    )
    finding = only(waiting(), *with_volume(iscsi), failure(mount(TEXTS["mount-iscsi-login"])))
    assert "Volume pv-data is target iqn.x at p:3260." in finding.explanation


def test_what_the_driver_changes_in_the_advice_is_told() -> None:
    rbd = volume("pv-data", claim="shop/data", spec={"csi": {"driver": "rbd.csi.ceph.com"}})
    world = (*with_volume(rbd), csi_node("node-a", "rbd.csi.ceph.com"))
    finding = only(waiting(), *world, failure(mount("rbd image pool/x is still being used")))
    assert "`rbd status POOL/IMAGE`" in finding.explanation
    assert "rbd status" not in only(waiting(), *CHAIN, failure(mount("is still being used"))).explanation


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("error publishing volume. Parameters: disk: 6000c29 not attached to vm", "mount-device-not-found"),
        ("failed to find and re-link disk pvc-1 with udevadm", "mount-device-not-found"),
        (
            'format of disk "/dev/sdb" failed: type:("ext4") errcode:(exit status 1) output:(mke2fs 1.47\n'
            "/dev/sdb is apparently in use by the system; will not make a filesystem here!)",
            "mount-device-busy",
        ),
        ("Unable to find Device path for volume", "mount-device-not-found"),
        ("XFS (sdb): Filesystem has duplicate UUID 1f - can't mount", "mount-fs-mismatch"),
        ('could not get secret(sa-secret): secrets "sa-secret" not found', "mount-csi-secret-missing"),
        ('secrets "smb" is forbidden: User "x" cannot get resource "secrets"', "mount-csi-secret-missing"),
        ('[configmap "a" not found, secret "b" not found]', "mount-configmap-secret-missing"),
        ("nsenter: failed to execute iscsiadm: No such file or directory: exit status 127", "mount-helper-missing"),
        ("bash: iscsiadm: command not found", "mount-helper-missing"),
        ("iscsiadm: initiator reported error (24 - iSCSI login failed)", "mount-iscsi-login"),
        ("applyFSGroup failed for vol h: lstat /x/y: structure needs cleaning", "mount-fsck"),
        ("applyFSGroup failed for vol h: lstat /x/y: bad message", "mount-fsck"),
    ],
)
def test_drivers_put_it_in_their_own_words(text: str, code: str) -> None:
    assert codes(waiting(), *CHAIN, failure(mount(text))) == [code]
