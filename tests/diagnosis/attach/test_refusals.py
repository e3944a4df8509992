import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from tests.build import attachment, build, claim, csi_node, event, node, pod, stamp, volume
from tests.diagnosis.world import after, codes, only, placed

CHAIN: tuple[Record, ...] = (
    claim("shop/data"),
    volume("pv-data", claim="shop/data"),
    csi_node("node-a", "disk.csi.example", slots=2),
    node("node-a"),
)
TEXTS = {
    "attach-limit-exceeded": 'rpc error: code = ResourceExhausted desc = Attachment limit exceeded for volume "v"',
    "attach-cloud-in-use": "rpc error: code = Internal desc = VolumeInUse: vol-1 is already attached to an instance",
    "attach-backend-volume-missing": 'rpc error: code = NotFound desc = Volume "vol-1" not found',
    "attach-zone-mismatch": "api error InvalidVolume.ZoneMismatch: The volume 'vol-1' is not in the same zone",
    "attach-denied": "UnauthorizedOperation: You are not authorized to perform this operation",
    "attach-pv-marked-for-deletion": 'PersistentVolume "pv-data" is marked for deletion',
    "attach-error": "rpc error: code = Internal desc = Could not attach",
    "mount-csi-secret-missing": 'failed to attach: failed to load secret "ns/s": secrets "s" not found',
}
CRITICAL = ("attach-backend-volume-missing", "attach-pv-marked-for-deletion")


def waiting(ago: float = 70) -> Pod:
    return pod("shop/web", phase="Pending", claims=("data",), status=placed(ago))


def refused(text: str, **error: object) -> VolumeAttachment:
    status = {"attachError": {"message": text, "time": stamp(5), **error}}
    return attachment("va", volume="pv-data", node="node-a", attached=False, status=status)


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_what_the_driver_says_is_told_apart(code: str, text: str) -> None:
    finding = only(waiting(), *CHAIN, refused(text))
    assert finding.code == code
    assert finding.severity is (Severity.CRITICAL if code in CRITICAL else Severity.HIGH)
    assert finding.certainty is (Certainty.CONFIRMED if code == "attach-error" else Certainty.INFERRED)
    assert "It says (last at 2026-01-15T14:02:06Z): " in finding.explanation


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_it_is_reported_from_the_threshold_on_and_until_it_is_attached(code: str, text: str) -> None:
    assert codes(waiting(60), *CHAIN, refused(text), at=after(-0.001)) == []
    assert codes(waiting(60), *CHAIN, refused(text)) == [code]
    overcome = attachment("va", volume="pv-data", node="node-a", status={"attachError": {"message": text}})
    assert codes(waiting(), *CHAIN, overcome) == ["attach-silent-timeout"]


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_the_controllers_event_tells_the_same(code: str, text: str) -> None:
    told = event(waiting(), "FailedAttachVolume", f'AttachVolume.Attach failed for volume "pv-data" : {text}')
    finding = only(waiting(), *CHAIN, told, blind=(Kind.VOLUME_ATTACHMENT,))
    assert (finding.code, finding.certainty) == (code, Certainty.INFERRED)


def test_the_places_of_the_node_are_counted() -> None:
    others = (
        attachment("vb", volume="pv-b", node="node-a"),
        attachment("vc", volume="pv-c", node="node-b"),
        volume("pv-b", claim="shop/b"),
        claim("shop/b"),
    )
    finding = only(waiting(), *CHAIN, refused(TEXTS["attach-limit-exceeded"]), *others)
    assert "Node node-a has 2 attachments of disk.csi.example and a limit of 2." in finding.explanation
    assert "No pod there uses pv-b." in finding.explanation
    assert finding.title == "Node node-a takes no more volumes of disk.csi.example"
    used = pod("shop/b", claims=("b",))
    finding = only(waiting(), *CHAIN, refused(TEXTS["attach-limit-exceeded"]), *others, used)
    assert "No pod there uses" not in finding.explanation


def test_the_drivers_code_confirms_that_places_are_used_up() -> None:
    finding = only(waiting(), *CHAIN, refused(TEXTS["attach-limit-exceeded"], errorCode=8))
    assert finding.certainty is Certainty.CONFIRMED


def test_whether_the_limit_is_renewed_is_told() -> None:
    once = build(CSIDriver, "disk.csi.example", {"spec": {}}, {})
    often = build(CSIDriver, "disk.csi.example", {"spec": {"nodeAllocatableUpdatePeriodSeconds": 60}}, {})
    told = refused(TEXTS["attach-limit-exceeded"])
    assert "asked for when the driver registered, and not since" in only(waiting(), *CHAIN, told, once).explanation
    assert "asked for anew every 60 s" in only(waiting(), *CHAIN, told, often).explanation


def test_whether_the_cluster_knows_another_holder_is_told() -> None:
    told = refused(TEXTS["attach-cloud-in-use"])
    assert "does not know the holder" in only(waiting(), *CHAIN, told).explanation
    shared = volume("pv-data", claim="shop/data", spec={"accessModes": ["ReadWriteMany"]})
    chain = [shared if one.name == "pv-data" else one for one in CHAIN]
    there = attachment("vb", volume="pv-data", node="node-b")
    assert "an attachment of it to node-b" in only(waiting(), *chain, told, there).explanation


def test_where_disk_and_node_are_is_told() -> None:
    finding = only(waiting(), *CHAIN, refused(TEXTS["attach-zone-mismatch"]))
    assert "Volume pv-data says nothing of a zone, so that any node was allowed." in finding.explanation
    assert "Node node-a is in zone a." in finding.explanation


def test_the_volume_object_confirms_that_it_is_to_go() -> None:
    gone = volume("pv-data", claim="shop/data", metadata={"deletionTimestamp": stamp(300), "finalizers": ["x"]})
    chain = [gone if one.name == "pv-data" else one for one in CHAIN]
    finding = only(waiting(), *chain, refused(TEXTS["attach-pv-marked-for-deletion"]))
    assert finding.certainty is Certainty.CONFIRMED
    assert finding.causes == (Key(Kind.PERSISTENT_VOLUME, "", "pv-data"),)
    assert "since 2026-01-15T13:57:11Z; its policy is Delete: its data are deleted with it." in finding.explanation


def test_what_the_driver_changes_in_the_advice_is_told() -> None:
    ebs = volume("pv-data", claim="shop/data", spec={"csi": {"driver": "ebs.csi.aws.com"}})
    chain = [ebs if one.name == "pv-data" else one for one in CHAIN]
    world = (*chain, csi_node("node-a", "ebs.csi.aws.com"))
    assert "AmazonEBSCSIDriverPolicy" in only(waiting(), *world, refused(TEXTS["attach-denied"])).explanation
    limit = only(waiting(), *world, refused(TEXTS["attach-limit-exceeded"])).explanation
    assert "--reserved-volume-attachments" in limit
    assert "AmazonEBSCSIDriverPolicy" not in limit


def test_what_volumes_share_is_told_of_the_node_and_of_the_driver() -> None:
    full = only(waiting(), *CHAIN, refused(TEXTS["attach-limit-exceeded"]))
    assert full.causes == (Key(Kind.NODE, "", "node-a"),)
    assert full.shared.startswith("Node node-a takes no more volumes of disk.csi.example. Node node-a has 1 attachment")
    denied = only(waiting(), *CHAIN, refused(TEXTS["attach-denied"]))
    assert denied.causes == (Key(Kind.CSI_DRIVER, "", "disk.csi.example"),)
    assert denied.shared == "disk.csi.example has no right to attach volumes."
    assert only(waiting(), *CHAIN, refused(TEXTS["attach-error"])).causes == ()


def test_the_drivers_code_tells_of_used_up_places_where_its_words_do_not() -> None:
    assert codes(waiting(), *CHAIN, refused("no more of these", errorCode=8)) == ["attach-limit-exceeded"]
    assert codes(waiting(), *CHAIN, refused("no more of these", errorCode=13)) == ["attach-error"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("googleapi: Error 400: Exceeded limit 'maximum_persistent_disks' on resource 'n'", "attach-limit-exceeded"),
        ("Disk '/x/disks/d' cannot be attached as the disk is already owned by VM '/x/vm-9'", "attach-cloud-in-use"),
        ("volume v cannot be attached to the node a since it is already attached to the node b", "attach-cloud-in-use"),
        ("failed to attach cns volume: fault: The resource 'volume' is in use.", "attach-cloud-in-use"),
        ("Volume v status must be available to reserve, but the current status is in-use.", "attach-cloud-in-use"),
        (
            "The resource 'Microsoft.Compute/disks/d' under resource group 'g' was not found.",
            "attach-backend-volume-missing",
        ),
        ("rpc error: code = NotFound desc = [Publish] Volume 0a1b not found", "attach-backend-volume-missing"),
        ('rpc error: code = NotFound desc = Instance "i-1" not found', "attach-error"),
        ("get credentials: failed to refresh cached credentials, no EC2 IMDS role found", "attach-denied"),
    ],
)
def test_providers_put_it_in_their_own_words(text: str, code: str) -> None:
    assert codes(waiting(), *CHAIN, refused(text)) == [code]
