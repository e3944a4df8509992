"""A plan, and how far its carrying out has come, as words for a dialog."""

from collections.abc import Iterable

from storagetui.actions.plan import Plan, RequestStep, SaveStep
from storagetui.actions.run import Outcome, Progress, Run, StepState
from storagetui.view.column import Tone
from storagetui.view.section import Line, Section, section
from storagetui.view.text import clean

_MARKS: dict[Progress, tuple[str, Tone]] = {
    Progress.WAITING: ("·", Tone.DIM),
    Progress.CHECKING: ("…", Tone.NOTE),
    Progress.DRY_RUN: ("…", Tone.NOTE),
    Progress.SENDING: ("…", Tone.NOTE),
    Progress.SETTLING: ("?", Tone.WARN),
    Progress.VERIFYING: ("…", Tone.NOTE),
    Progress.DONE: ("✓", Tone.OK),
    Progress.STOPPED: ("✖", Tone.ERROR),
}
_OUTCOMES: dict[Outcome, tuple[str, Tone]] = {
    Outcome.DONE: ("✓ Done", Tone.OK),
    Outcome.REFUSED: ("✖ Not done", Tone.ERROR),
    Outcome.CHANGED: ("▲ Not sent: it has changed since you looked", Tone.WARN),
    Outcome.NOT_SEEN: ("▲ Accepted, not seen to work yet", Tone.WARN),
    Outcome.UNKNOWN: ("? Unknown whether the server acted", Tone.WARN),
}


def plan_sections(plan: Plan) -> tuple[Section, ...]:
    """What an approval would cover: the requests, what was looked at, and what follows."""
    return (
        section("Steps", _steps(plan, ())),
        section("Looked at", (_check(check.text, check.detail, check.is_known) for check in plan.checks)),
        section("What follows", (Line("•", clean(sentence)) for sentence in plan.consequences)),
    )


def kubectl_section(plan: Plan) -> Section:
    """The same by hand."""
    return section("The same with kubectl", (Line("", clean(command), Tone.DIM) for command in plan.kubectl))


def run_sections(run: Run) -> tuple[Section, ...]:
    """How far it is, step by step, and how it ended."""
    steps = section("Steps", _steps(run.plan, run.steps))
    if run.outcome is None:
        note = Line("", "Leaving this dialog does not stop it: it can be opened again.", Tone.DIM)
        return (steps, section("", (note,)))
    words, tone = _OUTCOMES[run.outcome]
    return (steps, section("Outcome", (Line("", words, tone), Line("", clean(run.message)))))


def outcome_sentence(run: Run) -> str:
    """One line for a passing note: what was done and how it ended."""
    if run.outcome is None:
        return clean(f"{run.plan.title}: under way")
    return clean(f"{_OUTCOMES[run.outcome][0]}: {run.plan.title}. {run.message}")


def _steps(plan: Plan, states: tuple[StepState, ...]) -> Iterable[Line]:
    for number, step in enumerate(plan.steps):
        state = states[number] if number < len(states) else StepState()
        mark, tone = _MARKS[state.progress]
        how = state.progress if states and state.progress is not Progress.WAITING else _wire_note(step)
        said = f" — {state.message}" if state.message else ""
        yield Line(f"{number + 1} {mark}", clean(f"{step.title} ({how}){said}"), tone if states else Tone.PLAIN)


def _wire_note(step: object) -> str:
    if isinstance(step, RequestStep):
        return f"{step.request.verb}, dry run first"
    return "a copy is kept" if isinstance(step, SaveStep) else "watched"


def _check(text: str, detail: str, is_known: bool) -> Line:
    words = f"{text}: {detail}" if detail else text
    return Line("✓", clean(words), Tone.OK) if is_known else Line("?", clean(words), Tone.WARN)
