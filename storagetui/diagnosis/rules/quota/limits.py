"""What the API server answers when a limit of the namespace refuses a claim, and what the limits are now."""

import re
from typing import NamedTuple

from storagetui.cluster.relations import LIMITS_OF_NAMESPACE
from storagetui.diagnosis.finding import Certainty, Evidence, Severity, evidence
from storagetui.diagnosis.rule import Context, State
from storagetui.diagnosis.words import cannot_tell, joined
from storagetui.model.keys import Key, Kind
from storagetui.model.namespaces import LimitRange, ResourceQuota
from storagetui.model.quantity import Quantity, parse

QUOTA = State(
    code="pvc-quota-exceeded",
    title="ResourceQuota refuses the claim or its growth",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The namespace's quota for claims or for storage, in all or of one class, is used up. Admission refuses the "
        "claim, so that no claim exists and no event can be on it: the event is on what asked for it. Growth is "
        "refused in the same way, and leaves no trace but the answer."
    ),
    remedies=("Raise the quota", "Delete claims of the namespace that nobody needs"),
    links=(
        "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
        "https://kubernetes.io/docs/tasks/administer-cluster/limit-storage-consumption/",
    ),
)
LIMIT = State(
    code="pvc-limitrange",
    title="LimitRange refuses the size",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning="The namespace sets bounds for the size of a single claim; they hold when it is made and when it grows.",
    remedies=("Ask for a size within the bounds", "Change the LimitRange"),
    links=("https://kubernetes.io/docs/tasks/administer-cluster/limit-storage-consumption/",),
)

EXCEEDED = re.compile(
    r"exceeded quota: (?P<quota>[^,]+), requested: (?P<asked>.+?), used: (?P<used>.+?), limited: (?P<hard>[^\]]+)"
)
"""k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go."""
INSUFFICIENT = re.compile(r"insufficient quota to consume: (?P<resource>.+)")
OUTSIDE = re.compile(
    r"(?P<bound>maximum|minimum) (?P<resource>\S+) usage per (?P<type>\S+) is (?P<limit>\S+), "
    r"but request is (?P<asked>[^\s\]]+)"
)
"""kubernetes: plugin/pkg/admission/limitranger/admission.go."""
TERMINATING = re.compile(r"unable to create new content in namespace (?P<namespace>\S+) because it is being terminated")
"""k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go."""

_OF_CLASS = re.compile(r"(?P<class>.+)\.storageclass\.storage\.k8s\.io/(?P<resource>.+)")
_NOUNS = {
    "requests.storage": "storage",
    "persistentvolumeclaims": "claims",
    "count/persistentvolumeclaims": "claims",
}


class Verdict(NamedTuple):
    """What a refusal is about, in words and as evidence."""

    state: State
    title: str
    """Who refuses, for `... refuses claim data-web-2`."""
    words: str
    certainty: Certainty
    next_step: str
    proof: tuple[Evidence, ...]
    causes: tuple[Key, ...]
    shared: str


def judged(why: str, namespace: str, ctx: Context) -> Verdict | None:
    """What limit a refusal speaks of; None when it speaks of something else."""
    if (match := EXCEEDED.search(why)) is not None:
        return _exceeded(match, namespace, ctx)
    if (match := INSUFFICIENT.search(why)) is not None:
        words = f"A quota of {namespace} counts {match['resource']}, of which the claim states none."
        step = f"State {match['resource']} in the claim, or change the quota."
        return Verdict(QUOTA, "A quota", words, Certainty.INFERRED, step, (), (), "")
    if (match := OUTSIDE.search(why)) is not None:
        return _outside(match, namespace, ctx)
    return None


def _exceeded(match: re.Match[str], namespace: str, ctx: Context) -> Verdict:
    name = match["quota"].strip()
    asked, used, hard = (amounts(match[part]) for part in ("asked", "used", "hard"))
    words = " ".join(_row(one, asked.get(one), used.get(one), hard.get(one)) for one in asked)
    said = f"Quota {name} of namespace {namespace}: {words}"
    step = f"Raise the quota {name}, or delete claims of {namespace} that nobody needs; it is tried again by itself."
    quota = None if ctx.unknown(Kind.RESOURCE_QUOTA) else ctx.cluster.get(ResourceQuota, namespace, name)
    certainty, now = Certainty.INFERRED, ""
    proof: tuple[Evidence, ...] = ()
    if quota is not None:
        proof = _state(quota, tuple(asked))
        if _is_over(quota, asked):
            certainty = Certainty.CONFIRMED
        else:
            now = "By now the quota has room for that; it is tried again by itself, after a while."
    elif not ctx.unknown(Kind.RESOURCE_QUOTA):
        now = f"There is no quota {name} any more; it is tried again by itself, after a while."
    blind = cannot_tell("whether the quota has room by now", ctx.unknown(Kind.RESOURCE_QUOTA))
    key = Key(Kind.RESOURCE_QUOTA, namespace, name)
    shared = f"Quota {name} of namespace {namespace} refuses claims. {words}"
    return Verdict(QUOTA, f"Quota {name}", joined(said, now, blind), certainty, step, proof, (key,), shared)


def amounts(text: str) -> dict[str, str]:
    """The amounts of `requests.storage=10Gi,persistentvolumeclaims=1`, by resource."""
    return {name.strip(): value.strip() for name, is_, value in (one.partition("=") for one in text.split(",")) if is_}


def _row(resource: str, asked: str | None, used: str | None, hard: str | None) -> str:
    """`Of storage of class gold, 8Gi of 10Gi are used, and 5Gi more are asked for.`"""
    have = f"{used or '?'} of {hard or '?'} are used"
    return f"Of {resource_words(resource)}, {have}, and {asked or '?'} more are asked for."


def resource_words(resource: str) -> str:
    """What a quota counts: `storage of class gold (gold.storageclass.storage.k8s.io/requests.storage)`."""
    of_class = _OF_CLASS.fullmatch(resource)
    if of_class is not None:
        return f"{_NOUNS.get(of_class['resource'], of_class['resource'])} of class {of_class['class']} ({resource})"
    noun = _NOUNS.get(resource)
    return f"{noun} ({resource})" if noun is not None else resource


def _quantity(text: str) -> Quantity | None:
    try:
        return parse(text)
    except ValueError:
        return None


def _is_over(quota: ResourceQuota, asked: dict[str, str]) -> bool:
    """Whether what was asked for would still pass the hard limit of the quota."""
    hard, used = dict(quota.hard), dict(quota.used)
    for resource, text in asked.items():
        more, limit, have = _quantity(text), hard.get(resource), used.get(resource)
        if more is not None and limit is not None and (have.nanos if have else 0) + more.nanos > limit.nanos:
            return True
    return False


def _state(quota: ResourceQuota, resources: tuple[str, ...]) -> tuple[Evidence, ...]:
    """What the quota says now of the resources that were asked for."""
    return tuple(
        evidence(quota, field, ", ".join(f"{key}={value}" for key, value in getattr(quota, field) if key in resources))
        for field in ("hard", "used")
    )


def _outside(match: re.Match[str], namespace: str, ctx: Context) -> Verdict:
    bound, limit, asked = match["bound"], match["limit"], match["asked"]
    found = None if ctx.unknown(Kind.LIMIT_RANGE) else _range(namespace, bound, _quantity(limit), ctx)
    words = f"The {bound} for one claim in namespace {namespace} is {limit}, and {asked} is asked for."
    if found is None:
        gone = "" if ctx.unknown(Kind.LIMIT_RANGE) else "No LimitRange says so any more; it is tried again by itself."
        blind = cannot_tell("whether that still holds", ctx.unknown(Kind.LIMIT_RANGE))
        step = f"Ask for a size within the bounds, or change the LimitRange of {namespace}."
        return Verdict(LIMIT, "A LimitRange", joined(words, gone, blind), Certainty.INFERRED, step, (), (), "")
    field = Evidence(found.key, f"spec.limits.{bound[:3]}.storage", limit)
    return Verdict(
        LIMIT,
        f"LimitRange {found.name}",
        joined(words, f"LimitRange {found.name} says so."),
        Certainty.CONFIRMED,
        f"Ask for a size within the bounds, or change the LimitRange {found.name}.",
        (field,),
        (found.key,),
        f"LimitRange {found.name} of namespace {namespace} refuses claims. {words}",
    )


def _range(namespace: str, bound: str, limit: Quantity | None, ctx: Context) -> LimitRange | None:
    """The first LimitRange by name that sets that bound for claims."""
    found = sorted(ctx.cluster.related(LimitRange, LIMITS_OF_NAMESPACE, namespace), key=lambda one: one.name)
    for one in found:
        for row in one.limits:
            has = row.maximum_storage if bound == "maximum" else row.minimum_storage
            if row.type == "PersistentVolumeClaim" and has is not None and has == limit:
                return one
    return None
