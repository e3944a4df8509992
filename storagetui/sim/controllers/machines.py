"""Which machines are up: a node whose machine is down has no kubelet, whatever its Node object says."""

from collections.abc import Callable


class Machines:
    """The machines behind the nodes; a machine that was never taken down is up."""

    def __init__(self) -> None:
        self._down: set[str] = set()
        self._listeners: list[Callable[[str], None]] = []

    def is_up(self, node: str) -> bool:
        """Whether the kubelet of that node runs and reaches the API server."""
        return node not in self._down

    def take_down(self, node: str) -> None:
        """Let a machine die, or lose its network: nothing tells the API server."""
        self._down.add(node)
        self._changed(node)

    def bring_up(self, node: str) -> None:
        """Let a machine come back."""
        self._down.discard(node)
        self._changed(node)

    def listen(self, listener: Callable[[str], None]) -> None:
        """Have `listener` called with the node's name whenever its machine goes down or comes back."""
        self._listeners.append(listener)

    def _changed(self, node: str) -> None:
        for listener in self._listeners:
            listener(node)
