"""What the user may do, asked once and remembered for a while: a key is offered only where the right is known."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from storagetui.actions.action import Action
from storagetui.actions.plan import Verb
from storagetui.errors import CredentialsError
from storagetui.kube.errors import ApiError
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS

_REMEMBERED_S = 300.0
_REFUSAL_REMEMBERED_S = 20.0
"""Who is given a right need not wait for long."""

Ask = Callable[[Verb, Key], Awaitable[tuple[bool, str]]]


class _Answer(msgspec.Struct, frozen=True):
    until_s: float
    refusal: str
    """Empty when the user may."""


class Rights:
    """Answers of access reviews by verb, kind and namespace."""

    def __init__(self, ask: Ask, changed: Callable[[], None]) -> None:
        """`changed` is called when an answer has come."""
        self._ask = ask
        self._changed = changed
        self._answers: dict[tuple[Verb, Kind, str], _Answer] = {}

    def refusal(self, action: Action, namespace: str) -> str | None:
        """Why the user may not; empty when the user may; None while it is not known."""
        answers = [self._answers.get((right.verb, right.kind, namespace)) for right in action.rights]
        known = [answer for answer in answers if answer is not None]
        refused = next((answer.refusal for answer in known if answer.refusal), "")
        return refused if refused or len(known) == len(answers) else None

    def is_known(self, action: Action, namespace: str) -> bool:
        """Whether nothing would have to be asked now."""
        now = asyncio.get_running_loop().time()
        answers = [self._answers.get((right.verb, right.kind, namespace)) for right in action.rights]
        return all(answer is not None and answer.until_s > now for answer in answers)

    async def learn(self, action: Action, key: Key) -> None:
        """Ask for what is not known or no longer fresh. A question without an answer stays open."""
        now = asyncio.get_running_loop().time()
        for right in action.rights:
            place = (right.verb, right.kind, key.namespace)
            answer = self._answers.get(place)
            if answer is not None and answer.until_s > now:
                continue
            try:
                allowed, reason = await self._ask(right.verb, Key(right.kind, key.namespace, ""))
            except (ApiError, CredentialsError, TimeoutError, OSError):
                continue
            why = f": {reason}" if reason else ""
            refusal = (
                ""
                if allowed
                else f"you may not {right.verb} {KINDS[right.kind].plural} in {key.namespace or 'the cluster'}{why}"
            )
            until_s = now + (_REFUSAL_REMEMBERED_S if refusal else _REMEMBERED_S)
            self._answers[place] = _Answer(until_s, refusal)
            self._changed()
