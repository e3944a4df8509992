import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from tests.build import node, volume
from tests.diagnosis.mount.chain import CHAIN, failure, mount, ready, waiting, with_volume
from tests.diagnosis.world import after, codes, only

TEXTS = {
    "mount-fsck": "'fsck' found errors on device /dev/nvme1n1 but could not correct them: fsck from util-linux",
    "mount-fs-mismatch": "mount: /x: wrong fs type, bad option, bad superblock on /dev/nvme1n1.",
    "mount-format-failed": 'format of disk "/dev/sdb" failed: type:("ext4") target:("/x")',
    "mount-kernel-feature": "mount: /x: unknown filesystem type 'btrfs'.",
}


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_what_is_on_the_device_is_told_from_the_text(code: str, text: str) -> None:
    finding = only(waiting(), *CHAIN, failure(mount(text, "MountDevice")))
    assert finding.code == code
    assert finding.certainty is Certainty.INFERRED
    assert finding.severity is (Severity.CRITICAL if code == "mount-fsck" else Severity.HIGH)
    assert "pv-data" in finding.title


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_it_is_reported_from_the_threshold_on_and_until_the_pod_is_ready(code: str, text: str) -> None:
    told = failure(mount(text))
    assert codes(waiting(60), *CHAIN, told, at=after(-0.001)) == []
    assert codes(waiting(60), *CHAIN, told) == [code]
    assert codes(ready(), *CHAIN, told) == []


@pytest.mark.parametrize(
    "text",
    [
        "XFS (sdb): Superblock has unknown read-only compatible features (0x8) enabled.",
        "couldn't mount RDWR because of unsupported optional features (10000)",
        "rbd: image x: image uses unsupported features: 0x38, RBD image feature set mismatch",
        "modprobe: FATAL: Module rbd not found in directory /lib/modules/5.4.0",
        "mount(2) system call failed: No such device.",
    ],
)
def test_a_kernel_that_is_too_old_is_told_from_a_missing_program(text: str) -> None:
    assert codes(waiting(), *CHAIN, failure(mount(text))) == ["mount-kernel-feature"]


def test_a_file_system_that_is_no_part_of_the_kernel_lacks_its_program() -> None:
    assert codes(waiting(), *CHAIN, failure(mount("mount: /x: unknown filesystem type 'ceph'."))) == [
        "mount-helper-missing"
    ]


def test_the_kernel_and_the_file_system_are_named() -> None:
    info = {"nodeInfo": {"kernelVersion": "4.18.0", "osImage": "Old Linux 8"}}
    disk = volume("pv-data", claim="shop/data", spec={"csi": {"fsType": "xfs"}, "mountOptions": ["nouuid"]})
    chain = tuple(one for one in with_volume(disk) if one.name != "node-a" or one.kind != "Node")
    told = failure(mount(TEXTS["mount-kernel-feature"]))
    finding = only(waiting(), *chain, node("node-a", status=info), told)
    assert "Node node-a runs kernel 4.18.0 (Old Linux 8)." in finding.explanation
    assert "Volume pv-data is to hold xfs. Its mount options are nouuid." in finding.explanation


def test_damage_is_told_by_the_kernels_words_too() -> None:
    assert codes(waiting(), *CHAIN, failure(mount("mount(2) system call failed: Structure needs cleaning."))) == [
        "mount-fsck"
    ]


def test_a_feature_of_new_xfs_is_named() -> None:
    text = "XFS (sdb): Superblock has unknown incompatible features (0x20) enabled."
    finding = only(waiting(), *CHAIN, failure(mount(text)))
    assert "0x20 is nrext64, which mkfs.xfs sets since 6.5 and kernels mount since 5.19." in finding.explanation
