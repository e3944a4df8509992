"""So many a second, evenly."""

_MOST_S = 0.5
"""What could not be done in time is made up for, but of no more than so many seconds."""


class Pace:
    """How many are due. Moments are of any clock that does not go back."""

    def __init__(self, now: float) -> None:
        self.rate = 0
        """A second."""
        self._due = 0.0
        self._last = now

    def due(self, now: float, most: int | None = None) -> int:
        """How many to do now, at most so many; they count as done."""
        self._due = min(self._due + (now - self._last) * self.rate, self.rate * _MOST_S)
        self._last = now
        number = int(self._due) if most is None else max(0, min(int(self._due), most))
        self._due -= number
        return number
