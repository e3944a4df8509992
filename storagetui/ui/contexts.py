"""Which contexts there are to choose from, and going over to another one."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

from textual import work
from textual.worker import get_current_worker

from storagetui.errors import StorageTuiError
from storagetui.frame import Frame
from storagetui.ui.acting import Acting, ReturnType
from storagetui.ui.outlook import Live, Opener, Outlook
from storagetui.ui.screens.browse import BrowseScreen
from storagetui.ui.screens.picker import PickerScreen
from storagetui.ui.screens.trouble import TroubleScreen
from storagetui.ui.widgets.choice_list import Choice
from storagetui.view.text import clean

if TYPE_CHECKING:
    from storagetui.kube.kubeconfig import ContextLine


class Contexts(Protocol):
    """The contexts of a kubeconfig."""

    @property
    def hold(self) -> Callable[[], AbstractAsyncContextManager[None]]:
        """Enters what they all need, for as long as any of them may be chosen."""

    async def lines(self) -> Sequence["ContextLine"]:
        """The contexts as the kubeconfig stands now; raises StorageTuiError."""

    def open(self, context: str) -> AbstractAsyncContextManager[Live]:
        """Makes the connection to one of them when entered, as an Opener does."""


class Connected(Acting[ReturnType]):
    """An App that looks at one cluster at a time, and on demand at another one with nothing of the first left."""

    def __init__(
        self,
        opener: Opener,
        contexts: Contexts | None,
        make: Callable[[str, str], Outlook],
        screen: str,
        namespace: str,
    ) -> None:
        """`opener` makes the first connection; `make` makes the outlook for a namespace of a context."""
        super().__init__()
        self._opener = opener
        self._contexts = contexts
        self._make_outlook = make
        self._again = asyncio.Event()
        self._is_chosen = asyncio.Event()
        """Not set while a context is being chosen: what could not be connected to must not cover the list."""
        self._is_chosen.set()
        self._namespaces: dict[str, str] = {}
        """What was looked at in each context."""
        self.outlook = make(namespace, "")
        self.browse = BrowseScreen(self.outlook, screen)
        """The screen at the bottom of the stack."""

    @work(exclusive=True, group="session")
    async def watch_cluster(self) -> None:
        """Show one cluster after the other until the program ends."""
        async with self._contexts.hold() if self._contexts is not None else nullcontext():
            while True:
                self._again.clear()
                showing = asyncio.create_task(self._show_cluster(self.outlook, self._opener), name="cluster")
                again = asyncio.create_task(self._again.wait(), name="another cluster")
                try:
                    await asyncio.wait((showing, again), return_when=asyncio.FIRST_COMPLETED)
                    if showing.done():
                        showing.result()
                    await again
                finally:
                    for task in (showing, again):
                        task.cancel()
                    await asyncio.gather(showing, again, return_exceptions=True)

    async def _show_cluster(self, outlook: Outlook, opener: Opener) -> None:
        """Open the session and show its Frames until cancelled, or until it cannot be had."""
        problem = ""
        try:
            async with opener() as session:
                outlook.session = session
                async for frame in session.frames():
                    if outlook is self.outlook and frame.cluster_id == session.identity.cluster_id:
                        self.show_frame(frame)
        except* StorageTuiError as errors:
            problem = _sentence(errors)
        finally:
            outlook.session = None
        await self._is_chosen.wait()
        if problem and not get_current_worker().is_cancelled and outlook is self.outlook:
            self.push_screen(TroubleScreen(problem, outlook.context))

    def show_frame(self, frame: Frame) -> None:
        """Hand a Frame to the screen that is to be seen."""
        raise NotImplementedError

    def connect_again(self) -> None:
        """Try once more."""
        self.browse.pop_until_active()
        self._again.set()

    async def action_choose_context(self) -> None:
        """Choose which cluster is looked at, and as whom."""
        if self._contexts is None:
            self.tell("There are no contexts to choose from here.")
            return
        try:
            lines = await self._contexts.lines()
        except StorageTuiError as error:
            self.tell(str(error))
            return
        present = self._present(lines)
        choices = [_choice(line, is_present=line.name == present) for line in lines]
        self._is_chosen.clear()
        self.push_screen(PickerScreen("Context", choices, current=present), self._chosen)

    def _present(self, lines: "Sequence[ContextLine]") -> str:
        session = self.outlook.session
        if session is not None:
            return session.identity.context
        return self.outlook.context or next((line.name for line in lines if line.current), "")

    def _chosen(self, context: str | None) -> None:
        self._is_chosen.set()
        session = self.outlook.session
        if context is None or (session is not None and session.identity.context == context):
            return
        under_way = next((run for run in self._runs() if run.outcome is None), None)
        if under_way is not None:
            why = "nobody would watch it from another context. A shows it; x goes over once it has ended."
            self.tell(f"{under_way.plan.title}: under way, and {why}")
            return
        self.run_worker(self._go_over(context), group="context", exclusive=True)

    async def _go_over(self, context: str) -> None:
        """Leave all that was shown behind, and connect."""
        contexts, session = self._contexts, self.outlook.session
        if contexts is None:
            return
        self._namespaces[session.identity.context if session is not None else self.outlook.context] = (
            self.outlook.namespace
        )
        self.outlook = self._make_outlook(self._namespaces.get(context, ""), context)
        self.browse = BrowseScreen(self.outlook, self.browse.current)
        self._opener = lambda: contexts.open(context)
        self.clear_notifications()
        # The screens go before the session does, for what they ask of it needs its connections.
        await self.replace_all(self.browse)
        self._again.set()

    def tell(self, sentence: str) -> None:
        """Say something in passing; never markup, always clean."""
        self.notify(clean(sentence), severity="warning", markup=False)


def _choice(line: "ContextLine", *, is_present: bool) -> Choice[str]:
    where = f", namespace {clean(line.namespace)}" if line.namespace else ""
    note = f"{clean(line.cluster)} as {clean(line.user) or 'nobody'}{where}"
    return Choice(line.name, clean(line.name), ("● now: " if is_present else "") + note, note)


def _sentence(errors: BaseExceptionGroup[StorageTuiError]) -> str:
    """What the first of several errors says."""
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return str(first)
