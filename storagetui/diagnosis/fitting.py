"""Which existing volumes a claim could be bound to, and what each of the others lacks.

The checks are those of the volume controller, redone from the two objects (kubernetes:
pkg/controller/volume/persistentvolume/pv_controller.go, checkVolumeSatisfyClaim; k8s.io/component-helpers:
storage/volume/pv_helpers.go, FindMatchingVolume).
"""

from collections.abc import Iterator
from typing import NamedTuple

from storagetui.cluster.chains import volumes_reserved_for
from storagetui.cluster.relations import FREE_VOLUMES, LOOSE_STOCK_OF_CLASS
from storagetui.diagnosis.rule import Context
from storagetui.diagnosis.words import cannot_tell, listed
from storagetui.model.base import value_of
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.volumes import AVAILABLE, RELEASED, PersistentVolume, Requirement

_SHORT_MODES = {"ReadWriteOnce": "RWO", "ReadWriteMany": "RWX", "ReadOnlyMany": "ROX", "ReadWriteOncePod": "RWOP"}
_MOST_STRANGERS = 300
"""Free volumes of other classes that are looked through; with more of them nothing is said of any."""
_SHOWN = 3


class Lack(NamedTuple):
    """Why a volume is not for a claim."""

    what: str
    """Of a short list: size, class, mode, access, labels, attributes, deletion, owner, phase."""
    words: str
    """As they follow the volume's name: `has 50Gi`."""


def asks(claim: PersistentVolumeClaim) -> str:
    """What the claim asks for, in short: `100Gi RWO class manual`, `10Gi RWX Block without a class`."""
    size = str(claim.requested) if claim.requested is not None else "any size"
    block = "Block" if claim.volume_mode == "Block" else ""
    where = f"class {claim.class_name}" if claim.class_name else "without a class"
    return " ".join(filter(None, (size, modes(claim.access_modes), block, where, _wish_for_labels(claim))))


def modes(access_modes: tuple[str, ...]) -> str:
    """Access modes in short, as kubectl prints them: `RWO,ROX`."""
    return ",".join(_SHORT_MODES.get(one, one) for one in access_modes)


def lacks(claim: PersistentVolumeClaim, volume: PersistentVolume) -> list[Lack]:
    """Everything that keeps the volume from the claim, the gravest first; empty when it fits."""
    return [*_spec_lacks(claim, volume), *_state_lacks(claim, volume)]


def _spec_lacks(claim: PersistentVolumeClaim, volume: PersistentVolume) -> Iterator[Lack]:
    """What is wrong with the volume itself."""
    if volume.class_name != claim.class_name:
        yield Lack("class", f"is of class {volume.class_name}" if volume.class_name else "has no class")
    if claim.requested is not None and (volume.capacity is None or volume.capacity < claim.requested):
        yield Lack("size", f"has {volume.capacity if volume.capacity is not None else 'no size'}")
    mode = volume.volume_mode or "Filesystem"
    if mode != (claim.volume_mode or "Filesystem"):
        yield Lack("mode", f"is of volume mode {mode}")
    if not set(claim.access_modes) <= set(volume.access_modes):
        yield Lack("access", f"offers {modes(volume.access_modes) or 'no access mode'} alone")
    if volume.attributes_class != claim.attributes_class:
        yield Lack("attributes", f"has attributes class {volume.attributes_class or '(none)'}")
    missing = [text for text in _unmet(claim, volume) if text]
    if missing:
        yield Lack("labels", f"lacks {listed(missing)}")


def _state_lacks(claim: PersistentVolumeClaim, volume: PersistentVolume) -> Iterator[Lack]:
    """What has become of the volume."""
    if volume.deletion_timestamp is not None:
        yield Lack("deletion", "is being deleted")
    owner = f"{volume.claim_namespace}/{volume.claim_name}" if volume.claim_name else ""
    is_ours = owner == f"{claim.namespace}/{claim.name}"
    if owner and not (is_ours and volume.claim_uid in ("", claim.uid)):
        same = ", an earlier claim of this name" if is_ours else ""
        if volume.phase == RELEASED:
            yield Lack("owner", f"is Released (kept for {owner}{same})")
        elif volume.claim_uid:
            yield Lack("owner", f"is {volume.phase or 'held'} (it belongs to {owner}{same})")
        else:
            yield Lack("owner", f"is reserved for {owner}")
    elif not owner and volume.phase != AVAILABLE:
        yield Lack("phase", f"is {volume.phase or 'not yet'} {'' if volume.phase else 'Available'}".rstrip())


def _unmet(claim: PersistentVolumeClaim, volume: PersistentVolume) -> Iterator[str]:
    """The labels that the claim selects by and that the volume does not have."""
    have = dict(volume.labels)
    for key, value in claim.selector:
        if have.get(key) != value:
            yield f"label {key}={value}"
    for one in claim.selector_expressions:
        if not _holds(one, volume):
            yield f"label {one.key} {one.operator} {', '.join(one.values)}".rstrip()


def _holds(one: Requirement, volume: PersistentVolume) -> bool:
    has = one.key in dict(volume.labels)
    if one.operator in ("In", "NotIn"):
        is_in = has and value_of(volume.labels, one.key) in one.values
        return is_in is (one.operator == "In")
    return has is (one.operator == "Exists")


def _wish_for_labels(claim: PersistentVolumeClaim) -> str:
    wanted = [f"{key}={value}" for key, value in claim.selector]
    wanted += [f"{one.key} {one.operator} {', '.join(one.values)}".rstrip() for one in claim.selector_expressions]
    return f"with labels {listed(wanted)}" if wanted else ""


def candidates(claim: PersistentVolumeClaim, ctx: Context) -> list[PersistentVolume]:
    """The volumes made beforehand that are not bound, of the claim's class or reserved for it, by name."""
    found = {one.name: one for one in volumes_reserved_for(ctx.cluster, claim.key) if one.is_stock}
    found.update(
        (one.name, one) for one in ctx.cluster.related(PersistentVolume, LOOSE_STOCK_OF_CLASS, claim.class_name)
    )
    return [found[name] for name in sorted(found)]


def fitting(claim: PersistentVolumeClaim, ctx: Context) -> list[PersistentVolume]:
    """Those of the candidates that lack nothing."""
    return [one for one in candidates(claim, ctx) if _is_large(claim, one) and not lacks(claim, one)]


def _is_large(claim: PersistentVolumeClaim, volume: PersistentVolume) -> bool:
    """Whether the volume is free and large enough: what fails most often, and is told the quickest."""
    if volume.phase != AVAILABLE and not volume.claim_name:
        return False
    return claim.requested is None or (volume.capacity is not None and volume.capacity >= claim.requested)


def nearest(claim: PersistentVolumeClaim, ctx: Context) -> str:
    """Which volumes come nearest to what the claim asks for and what each lacks, in a sentence or two.

    Those of the claim's class are named, and where it has none, free ones of other classes that fit otherwise; a claim
    that a provisioner was asked for gets none of those.
    """
    if blind := ctx.unknown(Kind.PERSISTENT_VOLUME):
        return cannot_tell("which volumes come near", blind)
    own = candidates(claim, ctx)
    named = f"of class {claim.class_name}" if claim.class_name else "without a class"
    if own:
        fit, words = _rated(claim, own, _SHOWN)
        if fit:
            return f"Free and fitting: {listed(fit)}; the controller has not bound one yet."
        more = f"; {len(own) - _SHOWN} more {named} do not fit either" if len(own) > _SHOWN else ""
        return f"Nearest: {', '.join(words)}{more}."
    strangers = ctx.cluster.keys_of(FREE_VOLUMES, True)
    if claim.provisioner or not strangers or len(strangers) > _MOST_STRANGERS:
        return f"There is no unbound volume {named}."
    others = sorted(ctx.cluster.related(PersistentVolume, FREE_VOLUMES, True), key=lambda one: one.name)
    near = [one for one in others if [lack.what for lack in lacks(claim, one)] == ["class"]]
    if not near:
        return f"There is no unbound volume {named}."
    return f"There is no unbound volume {named}. Nearest: {', '.join(_rated(claim, near, _SHOWN)[1])}."


def _rated(claim: PersistentVolumeClaim, volumes: list[PersistentVolume], shown: int) -> tuple[list[str], list[str]]:
    """The names of those that fit, and of the nearest others what each lacks."""
    rows = [(lacks(claim, one), one) for one in volumes]
    fit = [one.name for faults, one in rows if not faults]
    rest = sorted((row for row in rows if row[0]), key=lambda row: (len(row[0]), row[1].name))[:shown]
    return fit, [f"{one.name} {' and '.join(lack.words for lack in faults)}" for faults, one in rest]
