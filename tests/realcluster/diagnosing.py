"""What the program finds on the real cluster, as a session of its own sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from storagetui.diagnosis.finding import Finding
from storagetui.diagnosis.group import Group
from storagetui.model.keys import Key, Kind
from storagetui.opening import Target, open_live
from storagetui.session import Session
from storagetui.settings import Settings, Thresholds
from tests.realcluster.lab import Lab
from tests.realcluster.waiting import until

T = TypeVar("T")

WITHIN_S = 90.0
PROMPT = Settings(thresholds=Thresholds(claim_pending_s=2, pod_pending_s=2, container_creating_s=3, terminating_s=0))
"""Trouble counts soon: what is tested is whether it is told rightly, not when."""


class Diagnosis:
    """The findings about the objects of a lab."""

    def __init__(self, session: Session, lab: Lab) -> None:
        self._session = session
        self._lab = lab

    def about(self, key: Key) -> tuple[Finding, ...]:
        """What is found about an object now."""
        return tuple(self._session.frame.findings.get(key) or ())

    async def until(self, code: str, key: Key, *words: str, within_s: float = WITHIN_S) -> Finding:
        """Wait for a finding about an object, with all these words in its title or explanation."""

        async def found() -> Finding | None:
            made = (one for one in self.about(key) if one.code == code)
            return next((one for one in made if all(word in f"{one.title} {one.explanation}" for word in words)), None)

        return _some(await until(found, within_s, lambda: f"{code} with {words} at {key}; found: {self._told(key)}"))

    async def until_gone(self, code: str, key: Key, within_s: float = WITHIN_S) -> None:
        """Wait until a finding about an object is no longer there."""

        async def gone() -> bool:
            return all(one.code != code for one in self.about(key))

        await until(gone, within_s, lambda: f"end of {code} at {key}: {self._told(key)}")

    async def root(self, code: str, key: Key, within_s: float = WITHIN_S) -> Group:
        """Wait for a root cause at an object, be it there or not, with what follows from it."""

        async def found() -> Group | None:
            groups = self._session.frame.groups
            return next((one for one in groups if one.finding.code == code and one.finding.subject == key), None)

        return _some(await until(found, within_s, lambda: f"root {code} at {key}; there are {self._roots()}"))

    def claim(self, name: str, namespace: str = "") -> Key:
        """The key of a claim, in the lab's namespace unless another is given."""
        return Key(Kind.PERSISTENT_VOLUME_CLAIM, namespace or self._lab.namespace, name)

    def pod(self, name: str) -> Key:
        """The key of a pod."""
        return Key(Kind.POD, self._lab.namespace, name)

    def owner(self, name: str, namespace: str = "") -> Key:
        """The key of a set."""
        return Key(Kind.STATEFUL_SET, namespace or self._lab.namespace, name)

    def _roots(self) -> list[str]:
        return [f"{one.finding.code} at {one.finding.subject}" for one in self._session.frame.groups]

    def _told(self, key: Key) -> list[str]:
        return [
            f"{one.code} ({one.severity}, {one.certainty}): {one.title}. {one.explanation}" for one in self.about(key)
        ]


def _some(found: T | None) -> T:
    assert found is not None
    return found


@asynccontextmanager
async def diagnosed(lab: Lab, user: str = "admin") -> AsyncIterator[Diagnosis]:
    """A session on the cluster, with short thresholds."""
    try:
        async with open_live(Target(kubeconfig=str(lab.kubeconfig(user))), PROMPT) as session:
            yield Diagnosis(session, lab)
    except ExceptionGroup as group:  # a session ends as a group of tasks does: what failed stands alone in it
        failed: BaseException = group
        while isinstance(failed, BaseExceptionGroup) and len(failed.exceptions) == 1:
            failed = failed.exceptions[0]
        raise failed from None
