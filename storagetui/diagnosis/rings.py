"""Where the paths from a node of a graph end: at nodes that lead nowhere, or in rings that lead only around."""

from collections.abc import Callable, Collection, Hashable
from typing import TypeVar

N = TypeVar("N", bound=Hashable)


def ends(start: N, onward: Callable[[N], Collection[N]]) -> list[tuple[N, ...]]:
    """Every end that can be reached, a ring as the nodes in it; the start itself when it leads nowhere.

    Tarjan's strongly connected components without recursion, those kept from which nothing leads out.
    """
    found: list[tuple[N, ...]] = []
    number: dict[N, int] = {start: 0}
    low: dict[N, int] = {start: 0}
    open_: list[N] = [start]
    is_open = {start}
    leaves: set[N] = set()
    """Nodes from which a path leads out of their ring."""
    path = [(start, iter(onward(start)))]
    while path:
        node, steps = path[-1]
        for step in steps:
            if step not in number:
                number[step] = low[step] = len(number)
                open_.append(step)
                is_open.add(step)
                path.append((step, iter(onward(step))))
                break
            if step in is_open:
                low[node] = min(low[node], number[step])
            else:
                leaves.add(node)
        else:
            path.pop()
            ring = _closed(node, open_, is_open) if low[node] == number[node] else ()
            if ring and leaves.isdisjoint(ring):
                found.append(ring)
            if path:
                above = path[-1][0]
                low[above] = min(low[above], low[node])
                if ring:
                    leaves.add(above)
    return found


def _closed(node: N, open_: list[N], is_open: set[N]) -> tuple[N, ...]:
    """Take a ring that is complete off the list of open nodes."""
    begin = open_.index(node)
    ring = tuple(open_[begin:])
    del open_[begin:]
    is_open.difference_update(ring)
    return ring
