"""A volume is to go and is still there."""

from collections.abc import Iterator

from storagetui.cluster.chains import claim_of
from storagetui.diagnosis.event_text import events
from storagetui.diagnosis.finalizers import ATTACHER, IN_TREE_PROVISIONER, PROVISIONER, words
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.goings import (
    VOLUME_GOING,
    attached,
    attachment_words,
    data_words,
    going_since,
    what_it_is,
)
from storagetui.diagnosis.plugins import controller_words
from storagetui.diagnosis.rule import Context, Heard, Rule, State
from storagetui.diagnosis.rules.deletion.volume_not_deleted import stuck
from storagetui.diagnosis.words import joined, listed
from storagetui.model.keys import Key, Kind
from storagetui.model.volumes import BOUND, PersistentVolume

_VOLUMES = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/"
_HONOR = "https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/2644-honor-pv-reclaim-policy"

STILL_BOUND = State(
    code="pv-terminating-bound",
    title="Volume is deleted but still bound",
    severity=Severity.CRITICAL,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Only protection holds it. When the claim goes, the volume goes, with what its reclaim policy says about the "
        "data; since Kubernetes 1.31 Delete is honored in this order too. New attachments of it are refused meanwhile, "
        "so that a pod that moves does not start again. The deletion cannot be taken back."
    ),
    remedies=(
        "Keep a copy of the claim, the volume and the workload, as they are written",
        "Set the volume's reclaim policy to Retain, so that the data outlives it",
        "Take a snapshot, and wait until it is ready",
        "Plan to move the data, or to make the volume again with the same handle and policy Retain",
    ),
    links=(f"{_VOLUMES}#storage-object-in-use-protection", _HONOR),
)
STILL_ATTACHED = State(
    code="pv-terminating-attached",
    title="Volume is deleted but still attached",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning="The attacher keeps its finalizer while any VolumeAttachment names the volume.",
    remedies=(
        "Look at each VolumeAttachment of the volume",
        "Look at the driver's controller, for the sidecar csi-attacher",
    ),
    links=("https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/",),
)
NOT_DELETED = State(
    code="pv-terminating-provisioner",
    title="Volume is deleted, backend delete not done",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The finalizer makes sure that the policy Delete is honored whatever is deleted first, and comes off when the "
        "driver has deleted the volume. To take it off by hand leaves the volume behind in the storage system."
    ),
    remedies=(
        "Read the log of the driver's controller and of its sidecar csi-provisioner",
        "Look at the volume in the storage system",
    ),
    links=(f"{_VOLUMES}#persistentvolume-deletion-protection-finalizer", _HONOR),
)
PATIENCE_S = 60.0
"""How long attacher and driver may take."""


def find_bound(volume: PersistentVolume, ctx: Context) -> Iterator[Finding]:
    """Yield at once for a volume that is Bound: the data is at stake."""
    if volume.phase != BOUND:
        return
    claim = None if ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM) else claim_of(ctx.cluster, volume)
    name = f"{volume.claim_namespace}/{volume.claim_name}"
    fate = f" The claim is to go as well{going_since(claim)}." if claim is not None and claim.deletion_timestamp else ""
    yield STILL_BOUND.finding(
        volume,
        f"Volume is to go, and is bound to {name}",
        joined(
            f"The volume is to go{going_since(volume)}, and is bound to {name}: only protection holds it, until that "
            f"claim goes.{fate}",
            data_words(volume),
            what_it_is(volume),
            "New attachments of it are refused: a pod that is moved to another node does not start there.",
        ),
        volume.deletion_timestamp,
        next_step="Set the volume's reclaim policy to Retain now, and take a snapshot.",
        evidence=(
            evidence(volume, "deletion_timestamp", str(volume.deletion_timestamp)),
            evidence(volume, "phase"),
            evidence(volume, "reclaim_policy"),
        ),
        victims=(Key(Kind.PERSISTENT_VOLUME_CLAIM, volume.claim_namespace, volume.claim_name),),
    )


def find(volume: PersistentVolume, ctx: Context) -> Iterator[Finding]:
    """Yield for the finalizer of the attacher, then for that of the provisioner, after a minute."""
    if not ctx.older_than(volume.deletion_timestamp, PATIENCE_S):
        return
    by_attacher = [one for one in volume.finalizers if one.startswith(ATTACHER)]
    by_provisioner = [one for one in volume.finalizers if one in (PROVISIONER, IN_TREE_PROVISIONER)]
    if by_attacher:
        found = attached(volume, ctx)
        nodes = listed(sorted({one.node_name for one in found}))
        yield STILL_ATTACHED.finding(
            volume,
            f"Volume is to go, and is attached to {nodes}" if nodes else "Volume is to go, and the attacher holds it",
            joined(
                f"The volume is to go{going_since(volume)}.",
                attachment_words(volume, ctx) or "No VolumeAttachment names it any more.",
                words(by_attacher),
                "" if found else controller_words(volume.driver, "attacher", ctx),
            ),
            volume.deletion_timestamp,
            next_step=f"Look why {found[0].name} stays."
            if found
            else f"Look at the controller of {volume.driver}, for the sidecar csi-attacher.",
            evidence=(evidence(volume, "finalizers", ", ".join(volume.finalizers)),),
            causes=tuple(one.key for one in found),
        )
    elif by_provisioner and next(events(ctx, volume, ("VolumeFailedDelete",)), None) is not None:
        yield stuck(volume, ctx, volume.deletion_timestamp)
    elif by_provisioner:
        driver = volume.driver or volume.provisioned_by or "the driver"
        yield NOT_DELETED.finding(
            volume,
            f"Volume is to go, and {driver} has not deleted it",
            joined(
                f"The volume is to go{going_since(volume)}; it is {volume.phase}.",
                words(by_provisioner),
                what_it_is(volume),
                "No event tells that deleting it has failed.",
                controller_words(driver, "provisioner", ctx) if volume.driver else "",
                attachment_words(volume, ctx),
            ),
            volume.deletion_timestamp,
            next_step=f"Look at the controller of {driver}, for the sidecar csi-provisioner and its log.",
            evidence=(
                evidence(volume, "finalizers", ", ".join(volume.finalizers)),
                evidence(volume, "phase"),
                evidence(volume, "reclaim_policy"),
            ),
        )


BOUND_RULE = Rule(VOLUME_GOING, (STILL_BOUND,), find_bound)
RULE = Rule(
    VOLUME_GOING,
    (STILL_ATTACHED, NOT_DELETED),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME, ("VolumeFailedDelete",)),),
)
