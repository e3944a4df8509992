"""A claim of a class whose volumes are made beforehand, and none of them fits."""

from collections.abc import Iterator

from storagetui.cluster.relations import STOCK_OF_CLASS
from storagetui.diagnosis.claim_states import (
    NO_PROVISIONER,
    UNBOUND,
    Binding,
    binding,
    class_of,
    consumers,
    waiting_pods,
)
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks, fitting, nearest
from storagetui.diagnosis.moments import earliest, latest
from storagetui.diagnosis.rule import Context, Rule, State
from storagetui.diagnosis.words import joined, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind

NO_MATCH = State(
    code="pvc-no-matching-pv",
    title="No volume made beforehand fits the claim",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Nothing is provisioned for this class: the claim is bound to a volume that exists already, or to none. One "
        "fits when it is Available, of the same class, volume mode and attributes class, has at least the size, offers "
        "all access modes asked for and carries the labels selected by. A Released volume is not given to anybody."
    ),
    remedies=(
        "Make a volume that fits",
        "Take the claimRef off a Released volume whose data nobody needs, after looking",
        "Delete the unbound claim and make it again so that it fits a volume, or of another class",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding",
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#static",
    ),
)
UNDISCOVERED = State(
    code="local-pv-not-discovered",
    title="Local class has no volume at all",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The class makes no volumes and binds late, as classes of local disks do: its volumes are made by a discovery "
        "that runs on the nodes, or by hand. There is none, not even a taken one: the discovery does not run, looks at "
        "another folder, uses another class name, or the disks are not mounted there."
    ),
    remedies=(
        "Look at the discovery's pods (local-volume-provisioner) on the nodes with disks, and at their logs",
        "Compare the class name and the host folder in its ConfigMap with the class and the node",
        "Mount or link the disks in the folder that is looked at; or make the volumes by hand",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/volumes/#local",
        "https://github.com/kubernetes-sigs/sig-storage-local-static-provisioner/blob/master/docs/operations.md",
    ),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when nothing is provisioned for the class, volumes were looked through, and none fits."""
    name = claim.class_name
    if not name or claim.volume_name or ctx.unknown(Kind.PERSISTENT_VOLUME) or ctx.unknown(Kind.STORAGE_CLASS):
        return
    if is_undiscovered(claim, ctx):
        yield from _undiscovered(claim, ctx)
        return
    made_by = class_of(claim, ctx)
    is_static = made_by.provisioner == NO_PROVISIONER if made_by is not None else _has_stock(claim, ctx)
    if not is_static or binding(claim, ctx) is not Binding.AT_ONCE or fitting(claim, ctx):
        return
    if not ctx.older_than(claim.creation_timestamp, ctx.thresholds.claim_pending_s):
        return
    makes = (
        f"Class {name} makes no volumes."
        if made_by is not None
        else f"There is no StorageClass {name}, so that no volumes are made; the name only tells volumes apart."
    )
    yield NO_MATCH.finding(
        claim,
        f"No volume fits {asks(claim)}",
        joined(f"The claim asks for {asks(claim)}.", nearest(claim, ctx), makes),
        claim.creation_timestamp,
        next_step=(
            "Make a volume that fits, or free one that is not needed any more; the claim is bound by itself then."
        ),
        evidence=(
            evidence(claim, "phase"),
            evidence(claim, "requested"),
            evidence(claim, "access_modes"),
            evidence(claim, "storage_class"),
            *((evidence(made_by, "provisioner"),) if made_by is not None else ()),
        ),
        victims=waiting_pods(claim, ctx),
    )


def is_undiscovered(claim: PersistentVolumeClaim, ctx: Context) -> bool:
    """Whether the claim is of a class of local disks of which none is known."""
    made_by = class_of(claim, ctx)
    if made_by is None or made_by.provisioner != NO_PROVISIONER or binding(claim, ctx) is not Binding.DELAYED:
        return False
    return not ctx.unknown(Kind.PERSISTENT_VOLUME) and not _has_stock(claim, ctx)


def _has_stock(claim: PersistentVolumeClaim, ctx: Context) -> bool:
    """Whether there are volumes of the class, bound ones too, that were made beforehand."""
    return bool(ctx.cluster.keys_of(STOCK_OF_CLASS, claim.class_name))


def _undiscovered(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    pods = consumers(claim, ctx)
    since = earliest(latest((claim.creation_timestamp, pod.creation_timestamp)) for pod in pods)
    if not ctx.older_than(since, ctx.thresholds.claim_pending_s):
        return
    name = claim.class_name
    names = [pod.name for pod in pods]
    yield UNDISCOVERED.finding(
        claim,
        f"Class {name} has no volume on any node",
        joined(
            f"The claim asks for {asks(claim)}, and {things('pod', names)} {verb(len(names), 'waits', 'wait')} for it.",
            f"Class {name} makes no volumes: a discovery of local disks does, or somebody by hand. There is no volume "
            "of the class on any node, not even a taken one.",
        ),
        since,
        next_step=f"Look at the discovery of local disks on the nodes: whether it runs, and where class {name} looks.",
        evidence=(evidence(claim, "phase"), evidence(claim, "storage_class")),
        victims=tuple(pod.key for pod in pods),
        causes=(Key(Kind.STORAGE_CLASS, "", name),),
        shared=(
            f"Class {name} has no volume on any node. Its volumes are made by a discovery of local disks, or by hand."
        ),
    )


RULE = Rule(UNBOUND, (NO_MATCH, UNDISCOVERED), find)
