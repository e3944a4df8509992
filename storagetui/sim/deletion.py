"""What a deletion does to an object: remove it at once, mark it, or leave it as it is.

Source: BeforeDelete in k8s.io/apiserver/pkg/registry/rest/delete.go, deletionFinalizersForGarbageCollection and
updateForGracefulDeletionAndFinalizers in pkg/registry/generic/registry/store.go, CheckGracefulDelete in
kubernetes/pkg/registry/core/pod/strategy.go.
"""

from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict

from storagetui.sim import refusal
from storagetui.sim.clock import parse, rfc3339
from storagetui.sim.resources import Resource
from storagetui.sim.wire import Json, copied, dig, name_of, uid_of

ORPHAN = "orphan"
FOREGROUND = "foregroundDeletion"


class DeleteOptions(TypedDict, total=False):
    """How to delete; what is not given is decided as the real server does."""

    grace_s: int | None
    """Seconds until the deletion time; None for the pod's own grace period. Other kinds know no grace."""
    uid: str
    """Delete only the object of this uid."""
    resource_version: str
    """Delete only this version of the object."""
    propagation: str
    """Background, Orphan or Foreground; without it a garbage collector's finalizer that stands there stays."""
    dry_run: bool
    """Check and answer, but keep everything as it is."""


class Deletion(NamedTuple):
    """What is to be done."""

    marked: Json
    """The object with deletion time, grace period and finalizers as they shall be; equal to the old one: no change."""
    at_once: bool
    """Remove it now, after storing `marked` if that differs."""


def deletion(kind: Resource, old: Json, options: DeleteOptions, now: datetime) -> Deletion:
    """What deleting `old` at `now` comes to. Refused with 409 when a precondition does not hold."""
    _check_preconditions(kind, old, options)
    new = copied(old)
    metadata = new["metadata"]
    graceful = False
    if kind.name == "pods":
        grace_s = _grace_s(new, options.get("grace_s"))
        current = metadata.get("deletionGracePeriodSeconds") or 0
        if "deletionTimestamp" not in metadata:
            graceful = True
            metadata["deletionTimestamp"] = rfc3339(now + timedelta(seconds=grace_s))
            metadata["deletionGracePeriodSeconds"] = grace_s
            metadata["generation"] = metadata.get("generation", 0) + 1
        elif current and (options.get("grace_s") is None or grace_s >= current):
            return Deletion(old, False)
        elif current:
            graceful = True
            _shorten(metadata, current, grace_s, now)
    _set_collector_finalizers(metadata, options.get("propagation", ""))
    kept = bool(metadata.get("finalizers")) or (kind.name == "namespaces" and bool(dig(new, "spec", "finalizers")))
    if kept and not graceful:
        _mark(kind, metadata, now)
    if kind.name == "namespaces":
        new["status"] = {**new.get("status", {}), "phase": "Terminating"}
    waits = graceful and bool(metadata["deletionGracePeriodSeconds"])
    return Deletion(new, not kept and not waits)


def goes_with_update(kind: Resource, new: Json) -> bool:
    """Whether an update leaves nothing that keeps a deleted object (ShouldDeleteDuringUpdate)."""
    metadata = new["metadata"]
    if "deletionTimestamp" not in metadata or metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds"):
        return False
    return kind.name != "namespaces" or not dig(new, "spec", "finalizers")


def _check_preconditions(kind: Resource, old: Json, options: DeleteOptions) -> None:
    where = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    name, record = name_of(old), old["metadata"]["resourceVersion"]
    uid, version = options.get("uid", ""), options.get("resource_version", "")
    if uid and uid != uid_of(old):
        why = f"the UID in the precondition ({uid}) does not match the UID in record ({uid_of(old)})."
        raise refusal.conflict(where, name, why + " The object might have been deleted and then recreated")
    if version and version != record:
        why = f"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record"
        raise refusal.conflict(where, name, f"{why} ({record}). The object might have been modified")


def _grace_s(pod: Json, asked: int | None) -> int:
    """The grace period of a deletion: none for a pod that is on no node or has ended."""
    if not dig(pod, "spec", "nodeName") or dig(pod, "status", "phase") in ("Succeeded", "Failed"):
        return 0
    grace_s = asked if asked is not None else dig(pod, "spec", "terminationGracePeriodSeconds", default=0)
    return 1 if grace_s < 0 else int(grace_s)


def _shorten(metadata: Json, current_s: int, grace_s: int, now: datetime) -> None:
    """Bring the deletion time forward, never into the past."""
    due = parse(metadata["deletionTimestamp"]) - timedelta(seconds=current_s) + timedelta(seconds=grace_s)
    if due < now:
        due, grace_s = now, min(grace_s, 1)
    metadata["deletionTimestamp"] = rfc3339(due)
    metadata["deletionGracePeriodSeconds"] = grace_s


def _mark(kind: Resource, metadata: Json, now: datetime) -> None:
    if "deletionTimestamp" not in metadata and kind.generations:
        metadata["generation"] = metadata.get("generation", 0) + 1
    if "deletionTimestamp" not in metadata or parse(metadata["deletionTimestamp"]) > now:
        metadata["deletionTimestamp"] = rfc3339(now)
    if kind.name != "namespaces":
        metadata["deletionGracePeriodSeconds"] = 0


def _set_collector_finalizers(metadata: Json, propagation: str) -> None:
    """Put the garbage collector's finalizer as the propagation policy says; without a policy it stays as it is."""
    if not propagation:
        return
    finalizers = [item for item in metadata.get("finalizers") or [] if item not in (ORPHAN, FOREGROUND)]
    if propagation in ("Orphan", "Foreground"):
        finalizers.append(ORPHAN if propagation == "Orphan" else FOREGROUND)
    if finalizers:
        metadata["finalizers"] = finalizers
    else:
        metadata.pop("finalizers", None)
