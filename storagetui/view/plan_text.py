"""Actions, plans and runs as words: for the list of actions, the dialog, the journal and a passing note."""

from collections.abc import Iterable
from datetime import datetime

from storagetui.actions.journal import Entry
from storagetui.actions.offers import Offer
from storagetui.actions.plan import Plan, RequestStep, SaveStep, differences
from storagetui.actions.run import Outcome, Progress, Run, StepState
from storagetui.model.keys import Key
from storagetui.view.column import Cell, Tone
from storagetui.view.format import clock
from storagetui.view.section import Line, Section, section
from storagetui.view.text import clean, fit

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
    Outcome.CHANGED: ("▲ Not done: it has changed since you looked", Tone.WARN),
    Outcome.NOT_SEEN: ("▲ Accepted, not seen to work yet", Tone.WARN),
    Outcome.UNKNOWN: ("? Unknown whether the server acted", Tone.WARN),
}
_LINES: dict[str, Tone] = {
    "answered": Tone.OK,
    "unanswered": Tone.WARN,
    "refused": Tone.ERROR,
}


def offer_cell(offer: Offer, *, is_going_on: bool) -> Cell:
    """What stands beside an action in the list."""
    if is_going_on:
        return Cell("… under way", Tone.NOTE)
    if offer.refusal is None:
        return Cell("")
    return Cell(f"✖ {clean(offer.refusal.reason)}", Tone.DIM)


def offer_words(offer: Offer, *, is_going_on: bool) -> Cell:
    """What is said of an action when the cursor stands on it."""
    if is_going_on:
        return Cell("Something is being done to it already: look how far that is.", Tone.NOTE)
    if offer.refusal is None:
        return Cell("Shows what would be done, what follows, and the same with kubectl. Nothing is done yet.")
    return Cell(f"✖ {clean(str(offer.refusal))}", Tone.WARN)


def name_of_key(key: Key) -> str:
    """`namespace/name`, or the name alone, clean."""
    return clean(f"{key.namespace}/{key.name}" if key.namespace else key.name)


def plan_sections(plan: Plan) -> tuple[Section, ...]:
    """What an approval would cover: the requests, what follows, and what was looked at; then the same by hand."""
    return (
        section("Steps", _steps(plan, ())),
        _consequences(plan),
        section("Looked at", (_check(check.text, check.detail, check.is_known) for check in plan.checks)),
        section("The same with kubectl", (Line("", clean(command), Tone.DIM) for command in plan.kubectl)),
    )


def changed_section(run: Run) -> Section:
    """Why an approved plan was not carried out, and what is other now."""
    told = differences(run.plan, run.new_plan) if run.new_plan is not None else ()
    lines = [Line("▲", clean(sentence), Tone.WARN) for sentence in told] or [Line("", clean(run.message), Tone.WARN)]
    return section("Since you approved", lines)


def run_sections(run: Run) -> tuple[Section, ...]:
    """How far it is, step by step, and how it ended."""
    steps = section("Steps", _steps(run.plan, run.steps))
    if run.outcome is None:
        note = Line("", "Leaving this dialog does not stop it: it is found again in the journal (A).", Tone.DIM)
        return (steps, section("", (note,)), _consequences(run.plan))
    words, tone = _OUTCOMES[run.outcome]
    if run.outcome is Outcome.CHANGED and run.new_plan is not None:
        return (steps, section("Outcome", (Line("", words, tone),)), changed_section(run))
    is_said = run.message in [state.message for state in run.steps]
    return (steps, section("Outcome", (Line("", words, tone), None if is_said else Line("", clean(run.message)))))


def outcome_sentence(run: Run) -> str:
    """One line for a passing note: what was done and how it ended."""
    if run.outcome is None:
        return clean(f"{run.plan.title}: under way")
    return clean(f"{_OUTCOMES[run.outcome][0]}: {run.plan.title}. {run.message}")


def run_cells(run: Run, now: datetime) -> tuple[Cell, ...]:
    """A run in a line: when, what, and how far or how it ended."""
    words, tone = ("… under way", Tone.NOTE) if run.outcome is None else _OUTCOMES[run.outcome]
    return Cell(f"{clock(run.started, now)}  ", Tone.DIM), Cell(f"{clean(run.plan.title)}  "), Cell(words, tone)


def journal_line(entry: Entry, now: datetime) -> tuple[Cell, ...]:
    """A line of the journal; the last cell says to which cluster it belongs."""
    message = f" — {clean(entry.message)}" if entry.message else ""
    return (
        Cell(f"{clock(entry.at, now)} ", Tone.DIM),
        Cell(f"{fit(entry.what, 10)} ", _LINES.get(entry.what, Tone.PLAIN)),
        Cell(f"{clean(entry.action)} {clean(entry.object)}{message}"),
        Cell(f"  {clean(entry.cluster_id)}", Tone.DIM),
    )


def _consequences(plan: Plan) -> Section:
    return section("What follows", (Line("•", clean(sentence)) for sentence in plan.consequences))


def _steps(plan: Plan, states: tuple[StepState, ...]) -> Iterable[Line]:
    for number, step in enumerate(plan.steps):
        state = states[number] if number < len(states) else StepState()
        mark, tone = _MARKS[state.progress]
        how = _wire_note(step) if state.progress is Progress.WAITING else _how_far(step, state.progress)
        said = f" — {state.message}" if state.message else ""
        yield Line(f"{number + 1} {mark}", clean(f"{step.title} ({how}){said}"), tone if states else Tone.PLAIN)


def _how_far(step: object, progress: Progress) -> str:
    is_sent = isinstance(step, RequestStep) and progress is Progress.VERIFYING
    return f"accepted; {progress}" if is_sent else progress


def _wire_note(step: object) -> str:
    if isinstance(step, RequestStep):
        return f"{step.request.verb}, dry run first"
    return "a copy is kept" if isinstance(step, SaveStep) else "watched"


def _check(text: str, detail: str, is_known: bool) -> Line:
    words = f"{text}: {detail}" if detail else text
    return Line("✓", clean(words), Tone.OK) if is_known else Line("?", clean(words), Tone.WARN)
