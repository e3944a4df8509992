"""What is said when a rule fails: one fault must not hide what all others find, and must not be hidden itself."""

from storagetui.diagnosis.finding import Certainty, Finding, Severity
from storagetui.diagnosis.rule import State
from storagetui.model.base import Record

FAULT = State(
    code="rule-failed",
    title="A rule of this program failed",
    severity=Severity.LOW,
    certainty=Certainty.INFERRED,
    meaning=(
        "A rule met something in the object that it was not made for. That is a fault of this program, "
        "and says nothing "
        "of the object: whatever the rule would have found is not found."
    ),
    remedies=("Look at the object yourself", "Report the fault, with the object as kubectl prints it"),
    links=("https://kubernetes.io/docs/tasks/debug/debug-application/",),
)


def fault(record: Record, symptom: str, error: Exception) -> Finding:
    """The finding that a rule failed on an object."""
    return FAULT.finding(
        record,
        f"A rule failed where {symptom}: {type(error).__name__}",
        f"The rules for `{symptom}` failed with {type(error).__name__}: {error}. That is a fault of this "
        "program; nothing "
        "is known of what they would have found.",
        None,
        next_step="Look at the object yourself, and report the fault.",
    )
