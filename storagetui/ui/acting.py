"""What the App does for actions: their list, the dialog of a plan, the journal, and a word when a run has ended."""

from typing import TypeVar

from storagetui.actions.offers import Offer
from storagetui.actions.run import Outcome, Run
from storagetui.ui.messages import ActionsWanted, RunChosen
from storagetui.ui.outlook import Outlook
from storagetui.ui.screens.actions import ActionsScreen
from storagetui.ui.screens.journal import JournalScreen
from storagetui.ui.screens.plan import PlanScreen
from storagetui.ui.theme import Themed
from storagetui.view.plan_text import outcome_sentence
from storagetui.view.text import clean

ReturnType = TypeVar("ReturnType")

_LONGEST_TOAST = 400
_LEAVING_S = 10.0
"""Within which the key to leave has to be pressed again."""


class Acting(Themed[ReturnType]):
    """An App from which actions are taken. The session carries them out; here they are only looked at."""

    outlook: Outlook

    def __init__(self) -> None:
        super().__init__()
        self._is_leaving = False

    def on_actions_wanted(self, event: ActionsWanted) -> None:
        """Choose from what can be done to some objects."""
        if not self.outlook.offers(event.places):
            self.notify(
                "There is nothing here that anything can be done to: claims and pods have actions.", markup=False
            )
            return
        self.push_screen(ActionsScreen(self.outlook, event.places), self._look_at_plan)

    def _look_at_plan(self, offer: Offer | None) -> None:
        if offer is None or self.outlook.session is None:
            return
        run = self.outlook.session.runs.going_on(offer.place.key, offer.place.uid)
        self.push_screen(PlanScreen(self.outlook, offer.action, offer.place, run.id if run is not None else ""))

    def on_run_chosen(self, event: RunChosen) -> None:
        """Look at a run, under way or over."""
        self.push_screen(PlanScreen.of_run(self.outlook, event.run))

    def action_journal(self) -> None:
        """Show what was done."""
        self.push_screen(JournalScreen(self.outlook))

    async def action_quit(self) -> None:
        """Leave; while something is under way, only when asked for twice."""
        under_way = [run for run in self._runs() if run.outcome is None]
        if under_way and not self._is_leaving:
            self._is_leaving = True
            self.set_timer(_LEAVING_S, self._stay)
            note = "What was sent stays sent, but nobody watches it once you have left. Once more leaves."
            self._say(f"{under_way[0].plan.title}: under way. {note}", is_good=False)
            return
        self.exit()

    def _stay(self) -> None:
        self._is_leaving = False

    def tell_ended_runs(self) -> None:
        """Say once how each run has ended, unless its dialog is open and says it, or has said it."""
        told = self.outlook.told_runs
        open_runs = {screen.run_id for screen in self.screen_stack if isinstance(screen, PlanScreen)}
        for run in self._runs():
            if run.outcome is not None and run.id not in told:
                told.add(run.id)
                if run.id not in open_runs:
                    self._say(outcome_sentence(run), is_good=run.outcome is Outcome.DONE)

    def _runs(self) -> tuple[Run, ...]:
        return self.outlook.session.runs.all() if self.outlook.session is not None else ()

    def _say(self, words: str, *, is_good: bool) -> None:
        said = clean(words)
        said = said if len(said) <= _LONGEST_TOAST else f"{said[:_LONGEST_TOAST]}…"
        self.notify(said, severity="information" if is_good else "warning", timeout=10, markup=False)
