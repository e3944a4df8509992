"""A namespace is to go and does not, with claims in it."""

from collections.abc import Iterator

from storagetui.cluster.relations import CLAIMS_OF_NAMESPACE
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Pattern, Rule, State, Symptom
from storagetui.diagnosis.rules.quota.limits import TERMINATING
from storagetui.diagnosis.words import cannot_tell, joined, quoted, since, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.namespaces import Namespace

ENDING = State(
    code="pvc-namespace-terminating",
    title="Namespace is being deleted",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Nothing new may be made in a namespace that is being deleted. It stays for as long as objects in it are held "
        "by finalizers; a claim is, while a pod uses it."
    ),
    remedies=(
        "Look at the claims that are left, and at what holds them",
        "Make the claim in another namespace",
    ),
    links=("https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/",),
)
LEAVING = Symptom(
    "namespace is to go", Namespace, lambda one: one.phase == "Terminating" or one.deletion_timestamp is not None
)

_PATIENCE_S = 60.0
"""How long the deletion of a namespace may take before it is told."""
_CLAIMS = "persistentvolumeclaims"
_SHOWN = 50


def find(namespace: Namespace, ctx: Context) -> Iterator[Finding]:
    """Yield when the deletion takes long, and claims are left in it or are said to be."""
    began = namespace.deletion_timestamp
    if not ctx.older_than(began, _PATIENCE_S):
        return
    told = [one for one in namespace.conditions if one.status == "True" and one.message]
    blind = ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM)
    left = () if blind else ctx.cluster.related(PersistentVolumeClaim, CLAIMS_OF_NAMESPACE, namespace.name)
    claims = sorted(left, key=lambda one: one.name)[:_SHOWN]
    if not claims and not any(_CLAIMS in one.message or "pvc-protection" in one.message for one in told):
        return
    names = [one.name for one in claims]
    held = sorted({finalizer for one in claims for finalizer in one.finalizers})
    yield ENDING.finding(
        namespace,
        f"Namespace is being deleted, and {things('claim', names)} {verb(len(names), 'is', 'are')} left"
        if names
        else "Namespace is being deleted, and claims are left",
        joined(
            f"Namespace {namespace.name} is being deleted{since(began)}: nothing new may be made in it.",
            f"{things('Claim', names)} {verb(len(names), 'keeps', 'keep')} it." if names else "",
            f"{verb(len(names), 'It is', 'They are')} held by {', '.join(held)}." if held else "",
            cannot_tell("which claims are left", blind),
            *(f"It says ({one.type}): {quoted(one.message)}" for one in told),
        ),
        began,
        next_step="Look at the claims that are left: what uses them holds the namespace.",
        evidence=(evidence(namespace, "phase"), evidence(namespace, "deletion_timestamp")),
        causes=tuple(one.key for one in claims if one.deletion_timestamp is not None),
    )


RULE = Rule(
    LEAVING,
    (ENDING,),
    find,
    patterns=(Pattern(ENDING.code, Kind.PERSISTENT_VOLUME_CLAIM, (), TERMINATING),),
)
