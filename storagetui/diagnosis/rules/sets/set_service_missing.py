"""The Service that gives a set's pods their names is not there, or is none that does."""

from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Rule, State, Symptom
from storagetui.model.keys import Key, Kind
from storagetui.model.workloads import Service, StatefulSet

MISSING = State(
    code="sts-headless-service-missing",
    title="The set's Service does not exist",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Nothing checks it and no event is written: without a headless Service of that name, pods have no DNS names of "
        "their own. Software whose members look for each other stays not Ready, and the ordered start stops."
    ),
    remedies=("Make the headless Service that the set names, with a selector that fits its pods",),
    links=(
        "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id",
        "https://kubernetes.io/docs/concepts/services-networking/service/#headless-services",
    ),
)

_SETTLED_S = 30.0
"""Manifests are often applied set first."""
HEADLESS = "None"

NAMED = Symptom(
    "set names a Service",
    StatefulSet,
    lambda owner: bool(owner.service_name) and bool(owner.claim_templates) and owner.deletion_timestamp is None,
)


def find(owner: StatefulSet, ctx: Context) -> Iterator[Finding]:
    """Yield when the Service does not exist, has an address of its own, or selects other pods."""
    if ctx.unknown(Kind.SERVICE) or not ctx.older_than(owner.creation_timestamp, _SETTLED_S):
        return
    service = ctx.cluster.get(Service, owner.namespace, owner.service_name)
    if service is None:
        what, why = f"Service {owner.service_name} does not exist", "There is no Service of that name in the namespace."
    elif service.cluster_ip != HEADLESS:
        what = f"Service {service.name} is not headless"
        why = f"It has the address {service.cluster_ip or 'that is yet to come'} instead of clusterIP None."
    elif service.selector and not set(service.selector) <= set(owner.selector):
        what = f"Service {service.name} selects other pods"
        wanted = ", ".join(f"{name}={value}" for name, value in service.selector)
        why = f"Its selector is {wanted}, which is more than the set's pods are sure to bear."
    else:
        return
    facts = [evidence(owner, "service_name")]
    if service is not None:
        facts.append(evidence(service, "cluster_ip"))
    yield MISSING.finding(
        owner,
        what,
        f"The set names its pods through Service {owner.service_name}. {why} So "
        f"{owner.name}-0.{owner.service_name}.{owner.namespace}.svc and the like are not found, and members that look "
        "for each other stay not Ready.",
        owner.creation_timestamp,
        severity=MISSING.severity if service is None else Severity.LOW,
        next_step=f"Make a Service {owner.service_name} with clusterIP None and the set's selector."
        if service is None
        else f"Look at Service {owner.service_name}: its address cannot be changed, it has to be made again.",
        evidence=tuple(facts),
        causes=(Key(Kind.SERVICE, owner.namespace, owner.service_name),),
    )


RULE = Rule(NAMED, (MISSING,), find)
