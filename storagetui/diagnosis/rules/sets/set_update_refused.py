"""The API server refuses to change what is fixed in a set. Nothing in the cluster shows it: only the answer does."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Finding, Severity
from storagetui.diagnosis.rule import Context, Pattern, Rule, State, Symptom
from storagetui.model.keys import Kind
from storagetui.model.workloads import StatefulSet

FIXED = State(
    code="sts-update-forbidden",
    title="Claim template of a set cannot be edited",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The claim templates, the Service's name, the selector and the pod management policy of a set "
        "are fixed: the API "
        "server refuses the change with 422 and leaves no trace of it in the cluster. To grow the volumes, the claims "
        "are expanded one by one, and the set is made again around its pods with the new template."
    ),
    remedies=("Expand every claim of the set, then replace the set without touching its pods",),
    links=(
        "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/",
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims",
    ),
)
_FORBIDDEN = (
    re.compile(r"updates to statefulset spec for fields other than (?P<fields>'replicas'.+) are forbidden"),
    re.compile(r"spec\.(?P<fields>volumeClaimTemplates|serviceName|selector|podManagementPolicy): Invalid value: "),
)
"""kubernetes: pkg/apis/apps/validation/validation.go; up to 1.36 it names what may change, since 1.37 what may not."""

REFUSED = Symptom("a change of the set was refused", StatefulSet, lambda _: False)


def find(_owner: StatefulSet, _ctx: Context) -> Iterator[Finding]:
    """Never yields: the text is known for when it comes as an answer."""
    return iter(())


RULE = Rule(
    REFUSED,
    (FIXED,),
    find,
    patterns=tuple(Pattern(FIXED.code, Kind.STATEFUL_SET, (), regex) for regex in _FORBIDDEN),
)
