"""A plan to be approved, and then how its carrying out goes. The screen only looks on: leaving it stops nothing."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from storagetui.actions.action import Action
from storagetui.actions.plan import Plan, Refusal, approve
from storagetui.actions.run import Outcome, Run
from storagetui.errors import StorageTuiError
from storagetui.model.keys import Key
from storagetui.ui import keys
from storagetui.ui.outlook import Outlook
from storagetui.ui.paragraphs import section_paragraphs, text
from storagetui.ui.widgets.bar import Bar, Item
from storagetui.ui.widgets.line_pane import LinePane
from storagetui.ui.widgets.wrap import Paragraph
from storagetui.view.plan_text import kubectl_section, plan_sections, run_sections
from storagetui.view.text import clean

_LOOK_EVERY_S = 0.25


class PlanScreen(ModalScreen[None]):
    """What would be done to one object, a field for each input, and one for the name that approves it."""

    BINDINGS = keys.bindings(keys.PLAN)
    CSS = """
    PlanScreen { align: center middle; }
    PlanScreen > #plan {
        width: 110; max-width: 98%; height: auto; max-height: 96%; background: $background; border: round $primary;
    }
    PlanScreen Input, PlanScreen Input:focus { border: none; height: 1; padding: 0 1; background: $panel; }
    PlanScreen LinePane { height: auto; max-height: 100%; padding: 0 1; }
    PlanScreen Bar { display: none; }
    PlanScreen Bar.-said { display: block; }
    PlanScreen.-running Input { display: none; }
    """

    def __init__(self, outlook: Outlook, action: Action, key: Key, uid: str, run_id: str = "") -> None:
        """With a run's id the dialog opens on that run."""
        super().__init__()
        self._outlook = outlook
        self._action = action
        self._key = key
        self._uid = uid
        self.run_id = run_id
        """The run that is watched; empty while the plan is still to be approved."""
        self.plan: Plan | None = None
        """The plan that is shown, and would be approved."""

    def compose(self) -> ComposeResult:
        """Title, inputs, the plan, what keeps it from being approved, the name."""
        with Vertical(id="plan"):
            yield Bar(base="header", id="plan-title", classes="-said")
            for one in self._action.inputs:
                yield Bar(id=f"plan-label-{one.name}", classes="-said")
                yield Input(id=f"plan-input-{one.name}")
            yield LinePane(id="plan-text")
            yield Bar(id="plan-refusal")
            yield Bar(id="plan-typed-label", classes="-said")
            yield Input(id="plan-typed")
            yield Bar(base="bar", id="plan-keys", classes="-said")

    def on_mount(self) -> None:
        """Suggest inputs, put the cursor in the first field, and keep what is said true."""
        for field in self.query(Input):
            field.cursor_blink = False
        frame = self._outlook.frame
        for one in self._action.inputs:
            self.query_one(f"#plan-label-{one.name}", Bar).show([Item(((one.label, "label"),))])
            if frame is not None:
                self.query_one(f"#plan-input-{one.name}", Input).value = clean(one.suggest(frame, self._key))
        self._fields[0].focus()
        self.look()
        self.set_interval(_LOOK_EVERY_S, self.look)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another size makes another plan."""
        event.stop()
        self.look()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field, and approves in the last one."""
        event.stop()
        place = self._fields.index(event.input)
        if place + 1 < len(self._fields):
            self._fields[place + 1].focus()
        else:
            self._approve(event.value)

    def look(self) -> None:
        """Say how things stand now."""
        run = self._run
        self.set_class(bool(self.run_id), "-running")
        if run is not None:
            self._show(run.plan.title, section_paragraphs(run_sections(run)), "", self._keys_of(run))
            return
        made = self._made()
        self.plan = made if isinstance(made, Plan) else None
        if isinstance(made, Refusal):
            title = f"{self._action.title} {self._key.namespace}/{self._key.name}"
            self._show(title, [], str(made), (("esc", "leave"),))
            return
        said = section_paragraphs((*plan_sections(made), kubectl_section(made)))
        self.query_one("#plan-typed-label", Bar).show([Item(((f"Type {clean(made.typed)} to go on", "label"),))])
        self._show(made.title, said, "", (("↵", "approve"), ("esc", "leave"), ("page down", "read on")))

    def action_leave(self) -> None:
        """Close the dialog; a run goes on."""
        self.dismiss(None)

    def action_again(self) -> None:
        """After a run that stopped because something had changed: look at the plan as it would be now."""
        run = self._run
        if run is not None and run.outcome is Outcome.CHANGED and run.new_plan is not None:
            self._uid, self.run_id = run.new_plan.uid, ""
            self.query_one("#plan-typed", Input).value = ""
            self.look()
            self._fields[0].focus()

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll the plan."""
        self.query_one("#plan-text", LinePane).action_scroll_pages(pages)

    def _approve(self, typed: str) -> None:
        """Approve the plan that is shown, if the name was typed."""
        if self.plan is None or self._outlook.session is None:
            return
        approval = approve(self.plan, typed.strip())
        if isinstance(approval, Refusal):
            self._refuse(str(approval))
            return
        try:
            self.run_id = self._outlook.session.act(approval)
        except StorageTuiError as error:
            self._refuse(str(error))
            return
        self.set_focus(None)
        self.look()

    def _made(self) -> Plan | Refusal:
        frame = self._outlook.frame
        if frame is None:
            return Refusal("nothing is known of the cluster yet", "Wait until it is")
        inputs = {one.name: self.query_one(f"#plan-input-{one.name}", Input).value for one in self._action.inputs}
        made = self._action.plan(frame, self._key, inputs)
        if isinstance(made, Plan) and made.uid != self._uid:
            return Refusal("it was made again under the same name", "Leave, and look at the new one first")
        return made

    @property
    def _run(self) -> Run | None:
        session = self._outlook.session
        return session.runs.find(self.run_id) if session is not None and self.run_id else None

    @property
    def _fields(self) -> list[Input]:
        return list(self.query(Input))

    def _keys_of(self, run: Run) -> tuple[tuple[str, str], ...]:
        again = run.outcome is Outcome.CHANGED and run.new_plan is not None
        leave = ("esc", "leave" if run.outcome is not None else "leave; it goes on")
        return (("r", "look at the new plan"), leave) if again else (leave,)

    def _show(self, title: str, said: Sequence[Paragraph], refusal: str, offered: tuple[tuple[str, str], ...]) -> None:
        self.query_one("#plan-title", Bar).show([Item(((clean(title), "title"),))])
        self.query_one("#plan-text", LinePane).show(said or [text("")])
        self._refuse(refusal)
        spans = [Item(((key, "label"), (f" {words}", "plain")), number) for number, (key, words) in enumerate(offered)]
        self.query_one("#plan-keys", Bar).show(spans)

    def _refuse(self, words: str) -> None:
        bar = self.query_one("#plan-refusal", Bar)
        bar.set_class(bool(words), "-said")
        bar.show([Item(((f"✖ {clean(words)}", "error"),))] if words else [])
