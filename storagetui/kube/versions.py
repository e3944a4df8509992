"""Which of two versions of objects of a kind is the later one, as far as it can be told."""


def is_after(version: str, position: str) -> bool:
    """Whether an event's version is news at a position.

    Versions of one resource are whole numbers that grow (kubernetes.io/docs/reference/using-api/api-concepts,
    resource versions); of servers with other ones only the same version is known not to be news.
    """
    if version.isdecimal() and position.isdecimal():
        return int(version) > int(position)
    return not version or version != position


def is_at_least(version: str, goal: str) -> bool:
    """Whether a version is as late as another one, or later; False where versions are no numbers."""
    return version.isdecimal() and goal.isdecimal() and int(version) >= int(goal)


def is_before(version: str, position: str) -> bool:
    """Whether a version is older than a position; False where versions are no numbers."""
    return version.isdecimal() and position.isdecimal() and int(version) < int(position)
