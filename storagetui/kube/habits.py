"""What a session has learned about its server, and what all its feeds share."""

import asyncio

from storagetui.kube.gate import Gate


class Habits:
    """One for each session; every reflector of it is given the same one."""

    def __init__(self) -> None:
        self.decoding = asyncio.Lock()
        """Held while a page is decoded: one at a time over all kinds, so that no two stalls add up."""
        self.gate = Gate()
        """Passed by feeds on their way back after a failure: a few at one time."""
