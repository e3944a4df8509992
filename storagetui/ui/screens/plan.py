"""A plan to be approved, and then how its carrying out goes. The screen only looks on: leaving it stops nothing.

The dialog belongs to a uid: it never turns to another object that has taken the name.
"""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from storagetui.actions.action import Action
from storagetui.actions.catalog import action
from storagetui.actions.offers import Place, refusal
from storagetui.actions.plan import Plan, Refusal, approve, differences
from storagetui.actions.run import Outcome, Run
from storagetui.errors import StorageTuiError
from storagetui.ui import keys
from storagetui.ui.messages import TextCopied
from storagetui.ui.outlook import Outlook
from storagetui.ui.paragraphs import section_paragraphs, text
from storagetui.ui.widgets.bar import Bar, Item
from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.wrap import BLANK, Paragraph, wrapped
from storagetui.view.plan_text import changed_section, name_of_key, plan_sections, run_sections
from storagetui.view.text import clean, width

_LOOK_EVERY_S = 0.25
_WIDEST = 116
_FRAME = 2
"""Cells and lines that the border takes."""
_MARGIN = 3
"""Cells beside the plan's text: two of padding, and one that a scroll bar may take."""
_REFUSAL = 2
"""Lines kept for what is wrong with what was typed."""
_LEAST = 18
"""Lines of the dialog before there is a plan to show."""


class PlanScreen(ModalScreen[None]):
    """What would be done to one object, a field for each input, and one for the name that approves it."""

    BINDINGS = keys.bindings(keys.PLAN)
    CSS = """
    PlanScreen { align: center middle; }
    PlanScreen > #plan { background: $background; border: round $primary; }
    PlanScreen Input, PlanScreen Input:focus { width: 1fr; border: none; height: 1; padding: 0 1; }
    PlanScreen Input, PlanScreen Input:focus { background: $line-cursor; }
    PlanScreen Horizontal { height: 1; }
    PlanScreen .label { width: 12; }
    PlanScreen #plan-text { height: 1fr; padding: 0 1; }
    PlanScreen #plan-refusal { height: auto; max-height: 4; padding: 0 1; display: none; }
    PlanScreen #plan-refusal.-said { display: block; }
    PlanScreen.-running Horizontal, PlanScreen.-running .asked { display: none; }
    PlanScreen.-impossible .asked { display: none; }
    """

    def __init__(self, outlook: Outlook, what: Action, place: Place, run_id: str = "") -> None:
        """With a run's id the dialog opens on that run."""
        super().__init__()
        self._outlook = outlook
        self._action = what
        self._place = place
        self.run_id = run_id
        """The run that is watched; empty while the plan is still to be approved."""
        self.plan: Plan | None = None
        """The plan that is shown, and would be approved."""
        self._run: Run | None = None
        """The run as it was last seen; it outlives a connection that is lost."""
        self._changed: Run | None = None
        """The run that stopped because something had changed, while its new plan is looked at."""
        self._height = _LEAST
        """Lines that the dialog has wanted so far."""
        self._read: Plan | None = None
        """The latest plan that was shown."""
        self._suggested: dict[str, str] = {}
        self._complaint = ""
        """What is wrong with what was typed, until something else is typed."""

    @classmethod
    def of_run(cls, outlook: Outlook, run: Run) -> "PlanScreen":
        """The dialog of a run, under way or over."""
        made = cls(outlook, action(run.plan.action), Place(run.plan.key, run.plan.uid), run.id)
        made._run = run
        return made

    def compose(self) -> ComposeResult:
        """Title, inputs, the plan, what keeps it from being approved, the name, the keys."""
        with Vertical(id="plan"):
            yield Bar(base="header", id="plan-title")
            for one in self._action.inputs:
                with Horizontal():
                    yield Bar(base="plain", id=f"plan-label-{one.name}", classes="label")
                    yield Input(id=f"plan-input-{one.name}")
            said, refused = LinePane(id="plan-text"), LinePane(id="plan-refusal")
            said.can_focus = refused.can_focus = False
            yield said
            yield refused
            yield Bar(base="plain", id="plan-typed-label", classes="asked")
            yield Input(id="plan-typed", classes="asked")
            yield Bar(id="plan-keys")

    def on_mount(self) -> None:
        """Suggest inputs, put the cursor in the first field, and keep what is said true."""
        frame = self._outlook.present()
        for one in self._action.inputs:
            label = self.query_one(f"#plan-label-{one.name}", Bar)
            label.styles.width = width(one.label) + 2
            label.show([Item(((one.label, "label"),))])
            self._suggested[one.name] = clean(one.suggest(frame, self._place.key)) if frame is not None else ""
            self._field(one.name).value = self._suggested[one.name]
        for field in self._fields:
            field.cursor_blink = False
        if self.run_id:
            self.set_focus(None)
        else:
            self._fields[0].focus()
            self.call_after_refresh(self._fields[0].select_all)
        self.look()
        self.set_interval(_LOOK_EVERY_S, self.look)

    def on_resize(self) -> None:
        """Another size gives the plan other room."""
        self.look()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another size makes another plan."""
        event.stop()
        self._complaint = ""
        self.look()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field, and approves in the last one."""
        event.stop()
        self.look()
        if self.plan is None:
            return
        place = self._fields.index(event.input)
        if place + 1 < len(self._fields):
            self._fields[place + 1].focus()
        else:
            self._approve(event.value)

    def look(self) -> None:
        """Say how things stand now."""
        run = self._latest_run() if self.run_id else None
        self.set_class(run is not None, "-running")
        if run is not None:
            if run.outcome is not None:
                self._outlook.told_runs.add(run.id)
            self._show(run.plan.title, section_paragraphs(run_sections(run)), "")
            return
        made = self._made()
        self.plan = made if isinstance(made, Plan) else None
        self.set_class(self.plan is None, "-impossible")
        before = section_paragraphs((changed_section(self._changed),)) if self._changed is not None else []
        if isinstance(made, Refusal):
            heading = f"{self._action.title} {name_of_key(self._place.key)}"
            reason = text(clean(str(made)), "note") if self._is_untouched else text(clean(f"✖ {made}"), "error")
            self._show(f"{heading[:1].upper()}{heading[1:]}", [*before, BLANK, reason], self._complaint)
            return
        self._warn_if_other(made)
        said = section_paragraphs(plan_sections(made))
        self.query_one("#plan-typed-label", Bar).show([Item(((f"Type {clean(made.typed)} to approve", "label"),))])
        self._show(made.title, [*before, BLANK, *said] if before else said, self._complaint)

    def _warn_if_other(self, made: Plan) -> None:
        """A plan that becomes another one while it is read is not approved by a name typed for the one before."""
        before, self._read = self._read, made
        told = differences(before, made) if before is not None and before.inputs == made.inputs else ()
        if told:
            field = self.query_one("#plan-typed", Input)
            with field.prevent(Input.Changed):
                field.value = ""
            self._complaint = f"It has changed while you looked: {'; '.join(told)}."

    def action_leave(self) -> None:
        """Close the dialog; a run goes on."""
        self.dismiss(None)

    def action_again(self) -> None:
        """After a run that stopped because something had changed: look at the plan as it would be now."""
        run = self._run
        if run is not None and self._can_look_again(run):
            self._changed, self._run, self.run_id, self._read = run, None, "", None
            self.query_one("#plan-typed", Input).value = ""
            self.look()
            self._fields[0].focus()

    def action_copy(self) -> None:
        """Copy the commands that do the same with kubectl."""
        if self.plan is not None and not self.run_id:
            self.post_message(TextCopied("\n".join(self.plan.kubectl)))

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll the plan."""
        self.query_one("#plan-text", LinePane).action_scroll_pages(pages)

    def action_scroll_by(self, lines: int) -> None:
        """Scroll the plan by lines."""
        self.query_one("#plan-text", LinePane).action_scroll_by(lines)

    def _approve(self, typed: str) -> None:
        """Approve the plan that is shown, if the name was typed; what is under way already is not begun again."""
        session = self._outlook.session
        if self.plan is None or session is None or self.run_id:
            return
        approval = approve(self.plan, typed.strip())
        if isinstance(approval, Refusal):
            self._complaint = str(approval)
            self.look()
            return
        try:
            self.run_id = session.act(approval)
        except StorageTuiError as error:
            self._complaint = f"{error}."
            self.look()
            return
        self._changed = None
        self.set_focus(None)
        self.query_one("#plan-text", LinePane).action_first()
        self.look()

    def _made(self) -> Plan | Refusal:
        frame, session = self._outlook.present(), self._outlook.session
        if frame is None or session is None:
            return Refusal("there is no connection to the cluster", "Leave, and wait until there is")
        known = session.rights.refusal
        refused = refusal(frame, self._place, self._action, known, read_only=self._outlook.read_only)
        if refused is not None:
            return refused
        inputs = {one.name: self._field(one.name).value for one in self._action.inputs}
        return self._action.plan(frame, self._place.key, inputs)

    def _latest_run(self) -> Run | None:
        session = self._outlook.session
        self._run = (session.runs.find(self.run_id) if session is not None else None) or self._run
        return self._run

    def _can_look_again(self, run: Run) -> bool:
        """Whether the new plan is about the same object."""
        is_same = run.new_plan is not None and run.new_plan.uid == self._place.uid
        return run.outcome is Outcome.CHANGED and is_same

    @property
    def _fields(self) -> list[Input]:
        return list(self.query(Input))

    def _field(self, name: str) -> Input:
        return self.query_one(f"#plan-input-{name}", Input)

    def _show(self, heading: str, said: Sequence[Paragraph], refused: str) -> None:
        self.query_one("#plan-title", Bar).show([Item(((clean(heading), "title"),))])
        pane = self.query_one("#plan-refusal", LinePane)
        pane.set_class(bool(refused), "-said")
        pane.show([text(clean(f"✖ {refused}"), "error")] if refused else [])
        self._make_room(said)
        self.query_one("#plan-text", LinePane).show(said or [text("")])
        self._show_keys()

    @property
    def _is_untouched(self) -> bool:
        """Whether the user has yet to write something: what is wrong with a suggestion is nobody's mistake."""
        return any(self._suggested.values()) and all(
            self._field(name).value == value for name, value in self._suggested.items()
        )

    def _make_room(self, said: Sequence[Paragraph]) -> None:
        """As much as the text needs, but never less than before: nothing jumps while one types."""
        box = self.query_one("#plan", Vertical)
        cells = min(_WIDEST, self.size.width)
        inner = cells - _FRAME - _MARGIN
        fixed = _FRAME + 4 + len(self._action.inputs)
        wanted = fixed + len(wrapped(said, inner)) + _REFUSAL
        self._height = max(wanted, self._height)
        box.styles.width = cells
        box.styles.height = min(self.size.height, self._height)

    def _show_keys(self) -> None:
        run, pane = self._run, self.query_one("#plan-text", LinePane)
        offered = [("esc", "leave")]
        if run is not None and self.run_id:
            offered = [("r", "look at the new plan")] if self._can_look_again(run) else []
            offered.append(("esc", "leave" if run.outcome is not None else "leave; it goes on"))
        elif self.plan is not None:
            is_last = bool(self._fields) and self._fields[-1].has_focus
            offered = [("↵", "approve" if is_last else "to the name"), *offered]
        if pane.max_scroll_y > 0:
            offered.append(("page down", "read on"))
        if self.plan is not None and not self.run_id:
            offered += [("tab", "next field")] if len(self._fields) > 1 else []
            offered.append((keys.display(keys.BY_ID["plan.copy"]), "copy for kubectl"))
        items = [Item(((key, "label"), (f" {words}", "plain")), number) for number, (key, words) in enumerate(offered)]
        self.query_one("#plan-keys", Bar).show(items)
