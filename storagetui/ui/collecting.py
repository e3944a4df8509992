"""Garbage collection that does not hold the loop.

While lists come in the heap grows by hundreds of thousands of objects, all of which stay; looking through them for
garbage again and again takes up to a tenth of a second each time, and finds none. What a list has brought is therefore
taken out of the collector's sight once it is complete.
"""

import gc

_WHILE_LOADING = (50_000, 50, 10_000)
"""So that the old objects are not looked through; the young ones are, in a few milliseconds."""
_AFTERWARDS = (10_000, 10, 3)
"""So that what refers to itself, as a screen that was closed does, goes within minutes; a full look is 11 to 20 ms."""


class Collecting:
    """Follows what is shown: whether it is still coming in, and of which cluster it is.

    Made before anything large is imported: modules, too, stay.
    """

    def __init__(self) -> None:
        self._cluster_id = ""
        self._is_settled = False
        gc.set_threshold(*_WHILE_LOADING)

    def see(self, cluster_id: str, *, is_loading: bool) -> None:
        """Take note of a Frame."""
        if cluster_id != self._cluster_id:
            if self._cluster_id:
                gc.unfreeze()  # what is left of the cluster before can go
                gc.collect()
            self._cluster_id, self._is_settled = cluster_id, False
            gc.set_threshold(*_WHILE_LOADING)
        if not is_loading and not self._is_settled:
            self._is_settled = True
            gc.freeze()
            gc.set_threshold(*_AFTERWARDS)
