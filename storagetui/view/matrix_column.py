"""A column of a matrix: its place on screen, without a function of its own."""

import msgspec


class MatrixColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column; the fields mean what they mean for a table's Column."""

    id: str
    title: str
    width: int
    minimum: int
    priority: int
    is_right: bool = False
    is_wide: bool = False
    grows: bool = False
