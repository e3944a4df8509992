"""A row of the table of drivers, and the topics on which it gives advice."""

from enum import Enum, auto

import msgspec


class Topic(Enum):
    """What advice is wanted about."""

    CONTROLLER = auto()
    """Where the part runs that makes and attaches volumes."""
    NODE_PLUGIN = auto()
    """Where the part runs that mounts them."""
    RIGHTS = auto()
    """What the driver's account needs at the provider."""
    ROOM = auto()
    """Where to look for free space, and what to do when there is none."""
    QUOTA = auto()
    """Limits of the provider's account."""
    PARAMETERS = auto()
    """What the class has to say."""
    KEYS = auto()
    """What using an encryption key takes."""
    MODES = auto()
    """Which access modes it offers."""
    TOPOLOGY = auto()
    """What ties its volumes to a place."""
    ATTACH = auto()
    """What keeps its volumes from being attached, and where to look."""
    MOUNT = auto()
    """What its mounts need on the node."""
    LIMIT = auto()
    """How many volumes a node can hold."""
    EXPAND = auto()
    """What growing a volume takes."""
    SNAPSHOT = auto()
    """What snapshots take, and whether there are any."""


class Driver(msgspec.Struct, frozen=True):
    """A row of the table."""

    product: str
    """What people call it."""
    names: tuple[str, ...]
    """A name that begins with a dot stands for all that end with it."""
    hints: dict[Topic, str]
    """Whole sentences."""
