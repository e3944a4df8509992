"""A volume has lost its claim, or has Failed."""

import re
from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.chains import events_about
from storagetui.diagnosis.event_text import events, grpc_code, message, said, without_rpc
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.goings import (
    DELETE,
    RETAIN,
    VOLUME_FAILED,
    VOLUME_RELEASED,
    attached,
    attachment_words,
    phase_since,
    what_it_is,
)
from storagetui.diagnosis.plugins import controller_words
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, moment, quoted, since
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.volumes import PersistentVolume

_VOLUMES = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/"

KEPT = State(
    code="pv-released-retain",
    title="Volume kept after its claim was deleted",
    severity=Severity.LOW,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "As asked for: the data is kept. The volume is given to nobody, because it still names the uid of the claim "
        "that is gone; it costs money until somebody decides."
    ),
    remedies=(
        "Keep a copy of the volume and the workload, as they are written",
        "Make the volume free again, reserved for one claim, by setting its claimRef to that claim without a uid",
        "Delete the PersistentVolume and the storage behind it, once nobody wants the data",
    ),
    links=(f"{_VOLUMES}#retain",),
    is_calm=True,
)
STUCK = State(
    code="pv-released-delete-stuck",
    title="Volume should be deleted but is not",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "It is still attached, a snapshot or a clone depends on it in the storage system, the driver lacks rights, or "
        "the provisioner does not run. A volume that was made by hand is deleted by no provisioner."
    ),
    remedies=(
        "Look at each VolumeAttachment of the volume",
        "Read the log of the driver's controller and of its sidecar csi-provisioner",
        "Look at the volume in the storage system: what depends on it",
    ),
    links=(f"{_VOLUMES}#reclaiming",),
)
FAILED = State(
    code="pv-failed",
    title="Volume in phase Failed",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Kubernetes' own controller could not reclaim the volume. Provisioners of drivers act on volumes in phase "
        "Released alone, so that a volume of theirs that is Failed is never deleted by them."
    ),
    remedies=(
        "Look at the volume in the storage system",
        "Delete the storage and the PersistentVolume by hand, once nobody wants the data",
    ),
    links=(f"{_VOLUMES}#reclaiming",),
)
PATIENCE_S, FAILING_S = 180.0, 30.0
"""How long a driver may take to delete a volume, and how long after it has reported a failure: a volume that is still
attached is refused for a moment."""
_FAILURES = ("VolumeFailedDelete", "VolumeFailedRecycle", "VolumeUnknownReclaimPolicy")
_ATTACHED = re.compile(r"persistentvolume (?P<pv>\S+) is still attached to node (?P<node>\S+)")


def find(volume: PersistentVolume, ctx: Context) -> Iterator[Finding]:
    """Yield by the reclaim policy: calm for Retain, after a while for Delete."""
    if volume.reclaim_policy == RETAIN:
        name = f"{volume.claim_namespace}/{volume.claim_name}"
        yield KEPT.finding(
            volume,
            f"Volume is kept for {name}, which is gone",
            joined(
                f"Claim {name} was deleted, and the volume is kept{since(phase_since(volume))}: its policy is Retain.",
                _namesake(volume, ctx),
                what_it_is(volume),
                "Nobody is given it before its claimRef is changed.",
            ),
            phase_since(volume),
            next_step="Decide whether the data is wanted: keep the volume, give it to a new claim, or delete it.",
            evidence=(evidence(volume, "phase"), evidence(volume, "reclaim_policy"), evidence(volume, "claim_name")),
        )
    elif volume.reclaim_policy == DELETE:
        began = phase_since(volume)
        # Before Kubernetes 1.29 nothing tells since when; a report of a failure does, and else the worst is taken.
        failed = next(events(ctx, volume, ("VolumeFailedDelete",)), None)
        is_late = failed is not None and ctx.older_than(failed.first_seen, FAILING_S)
        if is_late or ctx.older_than(began or volume.creation_timestamp, PATIENCE_S):
            yield stuck(volume, ctx, began)


def stuck(volume: PersistentVolume, ctx: Context, began: datetime | None) -> Finding:
    """The finding that a volume with policy Delete is still there."""
    failed = next(events(ctx, volume, ("VolumeFailedDelete",)), None)
    text = message(failed) if failed is not None else ""
    driver = volume.driver or volume.provisioned_by or "the driver"
    code = grpc_code(text)
    found = attached(volume, ctx)
    node = _ATTACHED.search(text)
    times = f" {failed.count} times" if failed is not None and failed.count > 1 else ""
    last = f", last at {moment(failed.last_seen)}" if failed is not None and failed.last_seen is not None else ""
    by_hand = (
        "It was made by hand: no annotation says which provisioner made it, so that none deletes it."
        if not volume.provisioned_by and not failed and not volume.deletion_timestamp
        else ""
    )
    words = f"{driver} has failed to delete it{times}{last}: {quoted(without_rpc(text))}" if text else ""
    return STUCK.finding(
        volume,
        f"Volume is still attached to {node['node']} and is not deleted"
        if node
        else f"{driver} does not delete the volume" + (f": {code}" if code else ""),
        joined(
            f"Claim {volume.claim_namespace}/{volume.claim_name} is gone, and the volume, whose policy is Delete, is "
            f"still there ({volume.phase}{since(began)}).",
            words,
            what_it_is(volume),
            by_hand,
            attachment_words(volume, ctx),
            "" if text or by_hand or not volume.driver else controller_words(driver, "provisioner", ctx),
        ),
        began or (failed.first_seen if failed is not None else None),
        next_step=_step(volume, driver, bool(found), bool(by_hand), text),
        evidence=(
            evidence(volume, "phase"),
            evidence(volume, "reclaim_policy"),
            *((said(failed),) if failed is not None else ()),
        ),
        causes=tuple(one.key for one in found),
    )


def _step(volume: PersistentVolume, driver: str, is_attached: bool, is_by_hand: bool, text: str) -> str:
    if is_attached:
        return "Look why the volume stays attached: it is deleted once it is not."
    if is_by_hand:
        return "Delete the storage behind it and the PersistentVolume by hand, if nobody wants the data."
    if text:
        return f"Look at {volume.volume_handle or volume.name} in the storage system: what depends on it?"
    return f"Look at the controller of {driver}, for the sidecar csi-provisioner and its log."


def find_failed(volume: PersistentVolume, ctx: Context) -> Iterator[Finding]:
    """Yield for the phase, with what the volume and the latest event say of it."""
    failed = next((event for event in events_about(ctx.cluster, volume) if event.reason in _FAILURES), None)
    text = volume.message or (message(failed) if failed is not None else "")
    yield FAILED.finding(
        volume,
        f"Volume has Failed: {volume.reason}" if volume.reason else "Volume has Failed",
        joined(
            f"The volume of claim {volume.claim_namespace}/{volume.claim_name} is Failed{since(phase_since(volume))}; "
            f"its policy is {volume.reclaim_policy}.",
            f"It says: {quoted(without_rpc(text))}" if text else "",
            what_it_is(volume),
            f"{volume.driver} acts on volumes that are Released alone, and leaves this one." if volume.driver else "",
        ),
        phase_since(volume) or (failed.first_seen if failed is not None else None),
        next_step=f"Look at {volume.volume_handle or volume.name} in the storage system; then delete storage and "
        "PersistentVolume by hand, or free it for a new claim.",
        evidence=(
            evidence(volume, "phase"),
            evidence(volume, "message"),
            *((said(failed),) if failed is not None else ()),
        ),
    )


def _namesake(volume: PersistentVolume, ctx: Context) -> str:
    if ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM):
        return ""
    found = ctx.cluster.get(PersistentVolumeClaim, volume.claim_namespace, volume.claim_name)
    if found is None:
        return ""
    other = f", volume {found.volume_name}" if found.volume_name else ""
    return f"A claim of that name exists again ({found.phase}{other})."


_VOLUME = Kind.PERSISTENT_VOLUME
_HEARD = (Heard(_VOLUME, _FAILURES),)
RULE = Rule(
    VOLUME_RELEASED,
    (KEPT, STUCK),
    find,
    heard=_HEARD,
    patterns=(
        Pattern(STUCK.code, _VOLUME, ("VolumeFailedDelete",), _ATTACHED),
        Pattern(STUCK.code, _VOLUME, ("VolumeFailedDelete",), re.compile(r"(?P<why>.+)"), is_catch_all=True),
    ),
)
FAILED_RULE = Rule(
    VOLUME_FAILED,
    (FAILED,),
    find_failed,
    heard=_HEARD,
    patterns=(
        Pattern(FAILED.code, _VOLUME, ("VolumeFailedRecycle",), re.compile("No recycler plugin found for the volume!")),
        Pattern(
            FAILED.code,
            _VOLUME,
            ("VolumeUnknownReclaimPolicy",),
            re.compile("Volume has unrecognized PersistentVolumeReclaimPolicy"),
        ),
        Pattern(
            FAILED.code,
            _VOLUME,
            ("VolumeFailedDelete",),
            re.compile(r"(?P<why>error getting deleter volume plugin for volume .*|.+)"),
            is_catch_all=True,
        ),
    ),
)
