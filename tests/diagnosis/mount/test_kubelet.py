import pytest

from storagetui.diagnosis.finding import Certainty
from storagetui.model.keys import Key, Kind
from tests.build import attachment, node, stamp
from tests.diagnosis.mount.chain import CHAIN, failure, mount, ready, waiting
from tests.diagnosis.world import after, codes, only

FULL = "error making pod data directories: mkdir /var/lib/kubelet/pods/1: no space left on device"
TEXTS = {
    "mount-helper-missing": mount("you might need a /sbin/mount.nfs helper program."),
    "mount-operation-in-progress": mount("rpc error: code = DeadlineExceeded desc = context deadline exceeded"),
    "mount-va-not-visible": mount("volume h has GET error for volume attachment csi-1: forbidden", "WaitForAttach"),
    "node-disk-full": mount("mkdir /var/lib/kubelet/plugins/kubernetes.io/csi/x: no space left on device"),
}


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_what_the_kubelet_lacks_is_told_from_the_text(code: str, text: str) -> None:
    finding = only(waiting(), *CHAIN, failure(text))
    assert finding.code == code
    assert finding.certainty is Certainty.INFERRED
    assert "node-a" in finding.title


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_it_is_reported_from_the_threshold_on_and_until_the_pod_is_ready(code: str, text: str) -> None:
    told = failure(text)
    assert codes(waiting(60), *CHAIN, told, at=after(-0.001)) == []
    assert codes(waiting(60), *CHAIN, told) == [code]
    assert codes(ready(), *CHAIN, told) == []


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("Failed", FULL),
        (
            "FailedCreatePodContainer",
            "unable to ensure pod: mkdir /sys/x: write /var/lib/containerd/1: no space left on device",
        ),
    ],
)
def test_a_full_disk_of_the_node_is_its_own_trouble(reason: str, text: str) -> None:
    finding = only(waiting(), *CHAIN, failure(text, reason))
    assert finding.code == "node-disk-full"
    assert finding.causes == (Key(Kind.NODE, "", "node-a"),)


def test_a_full_volume_is_no_full_disk_of_the_node() -> None:
    inside = "open /var/lib/kubelet/pods/1/volumes/kubernetes.io~csi/pv/mount/file: no space left on device"
    assert codes(waiting(), *CHAIN, failure(mount(inside))) == ["mount-failed"]


def test_the_nodes_own_word_is_told() -> None:
    pressed = {"conditions": [{"type": "DiskPressure", "status": "True", "lastTransitionTime": stamp(300)}]}
    chain = [one for one in CHAIN if one.kind is not Kind.NODE]
    finding = only(waiting(), *chain, node("node-a", status=pressed), failure(FULL, "Failed"))
    assert "The node reports DiskPressure since 2026-01-15T13:57:11Z." in finding.explanation


def test_an_attachment_that_is_gone_confirms_that_the_kubelet_cannot_see_it() -> None:
    chain = [one for one in CHAIN if one.kind is not Kind.VOLUME_ATTACHMENT]
    told = failure(TEXTS["mount-va-not-visible"])
    finding = only(waiting(), *chain, told)
    assert finding.certainty is Certainty.CONFIRMED
    assert "Volume pv-data has no attachment to node-a." in finding.explanation
    again = attachment(
        "va", volume="pv-data", node="node-a", attached=False, metadata={"finalizers": ["external-attacher/x"]}
    )
    assert "Attachment va is not attached." in only(waiting(), *chain, again, told).explanation


def test_the_type_is_taken_from_the_arguments_where_mount_writes_none() -> None:
    text = "Mounting arguments: -t nfs -o vers=4 a:/b /c Output: you might need a /sbin/mount.<type> helper program."
    finding = only(waiting(), *CHAIN, failure(mount(text)))
    assert finding.code == "mount-helper-missing"
    assert "It would be the one for nfs." in finding.explanation
    bare = only(waiting(), *CHAIN, failure(mount("you might need a /sbin/mount.<type> helper program.")))
    assert "It would be" not in bare.explanation
