"""What several rules about sets ask."""

from collections.abc import Container, Iterator
from typing import NamedTuple

from storagetui.cluster.chains import pods_of_set
from storagetui.diagnosis.rule import Context, Symptom
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.model.workloads import ClaimTemplate, StatefulSet

MOST = 1000
"""Ordinals that are looked at: a set of more is judged by these."""


class Wanted(NamedTuple):
    """A claim that the set makes for an ordinal, or would."""

    ordinal: int
    template: ClaimTemplate
    key: Key


def is_kept(owner: StatefulSet) -> bool:
    """Whether the set has claims of its own and is to stay."""
    return bool(owner.claim_templates) and owner.deletion_timestamp is None


SHORT = Symptom("set has claim templates", StatefulSet, is_kept)


def pod_key(owner: StatefulSet, ordinal: int) -> Key:
    """The name of an ordinal's pod (kubernetes: pkg/controller/statefulset/stateful_set_utils.go)."""
    return Key(Kind.POD, owner.namespace, f"{owner.name}-{ordinal}")


def claim_key(owner: StatefulSet, template: ClaimTemplate, ordinal: int) -> Key:
    """The name of an ordinal's claim (kubernetes: pkg/controller/statefulset/stateful_set_utils.go)."""
    return Key(Kind.PERSISTENT_VOLUME_CLAIM, owner.namespace, f"{template.name}-{owner.name}-{ordinal}")


def wanted_claims(owner: StatefulSet, besides: Container[int] = ()) -> Iterator[Wanted]:
    """The claims of the ordinals that are asked for, some left out."""
    for ordinal in owner.ordinals[:MOST]:
        for template in owner.claim_templates if ordinal not in besides else ():
            yield Wanted(ordinal, template, claim_key(owner, template, ordinal))


def pods(owner: StatefulSet, ctx: Context) -> dict[int, Pod] | None:
    """The pods that the set manages, by ordinal; None when pods cannot be read."""
    return None if ctx.unknown(Kind.POD) else ctx.once(pods_of_set, owner)


def is_ordered(owner: StatefulSet) -> bool:
    """Whether pods are made one after the other."""
    return owner.pod_management_policy != "Parallel"
