"""What the API server would answer a set that asks for a claim, where its answer cannot be read."""

from collections.abc import Iterator

from storagetui.cluster.relations import LIMITS_OF_NAMESPACE
from storagetui.cluster.state import in_namespace
from storagetui.diagnosis.rule import Context
from storagetui.model.keys import Kind
from storagetui.model.namespaces import LimitRange, ResourceQuota
from storagetui.model.quantity import Quantity
from storagetui.model.workloads import ClaimTemplate

_NOTHING = Quantity(0, "0")
_ONE = Quantity(10**9, "1")


def refusal(template: ClaimTemplate, namespace: str, ctx: Context) -> str:
    """The words in which a limit of the namespace would refuse a claim of the template; empty when none would.

    LimitRanges are asked before quotas, as admission does (kubernetes: pkg/kubeapiserver/options/plugins.go).
    """
    return next(iter((*_outside(template, namespace, ctx), *_exceeded(template, namespace, ctx))), "")


def _outside(template: ClaimTemplate, namespace: str, ctx: Context) -> Iterator[str]:
    asked = template.requested
    if asked is None or ctx.unknown(Kind.LIMIT_RANGE):
        return
    for found in sorted(ctx.cluster.related(LimitRange, LIMITS_OF_NAMESPACE, namespace), key=lambda one: one.name):
        for row in found.limits:
            if row.type != "PersistentVolumeClaim":
                continue
            for bound, limit in (("maximum", row.maximum_storage), ("minimum", row.minimum_storage)):
                if limit is not None and _is_beyond(asked, bound, limit):
                    yield (
                        f"{bound} storage usage per PersistentVolumeClaim is {limit.text}, but request is {asked.text}"
                    )


def _is_beyond(asked: Quantity, bound: str, limit: Quantity) -> bool:
    return asked.nanos > limit.nanos if bound == "maximum" else asked.nanos < limit.nanos


def _exceeded(template: ClaimTemplate, namespace: str, ctx: Context) -> Iterator[str]:
    if ctx.unknown(Kind.RESOURCE_QUOTA):
        return
    wanted = dict(_counted(template))
    for quota in sorted(in_namespace(ctx.cluster.all(ResourceQuota).values(), namespace), key=lambda one: one.name):
        used = dict(quota.used)
        for resource, hard in quota.hard:
            more, have = wanted.get(resource), used.get(resource, _NOTHING)
            if more is not None and have.nanos + more.nanos > hard.nanos:
                asked = f"requested: {resource}={more.text}"
                yield (
                    f"exceeded quota: {quota.name}, {asked}, used: {resource}={have.text}, "
                    f"limited: {resource}={hard.text}"
                )


def _counted(template: ClaimTemplate) -> Iterator[tuple[str, Quantity]]:
    """What quotas count of one claim (kubernetes: pkg/quota/v1/evaluator/core/persistent_volume_claims.go)."""
    of_class = f"{template.storage_class}.storageclass.storage.k8s.io/"
    for prefix in ("", of_class) if template.storage_class else ("",):
        yield f"{prefix}persistentvolumeclaims", _ONE
        if template.requested is not None:
            yield f"{prefix}requests.storage", template.requested
    yield "count/persistentvolumeclaims", _ONE
