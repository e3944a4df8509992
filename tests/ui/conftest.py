"""What holds for every test of the screen."""

import pytest
from textual.notifications import Notification


@pytest.fixture(autouse=True)
def _lasting_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said in passing stays: its few seconds of real time can go by before a busy machine has a look."""
    monkeypatch.setattr(Notification, "time_left", 3600.0)
    monkeypatch.setattr(Notification, "has_expired", False)
