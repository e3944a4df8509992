"""Foreign text for one of our sentences: printable, in one line, short, and without what looks like a credential."""

import re

_CREDENTIAL = re.compile(
    r"eyJ[\w-]{8,}(?:\.[\w-]*)*"  # a JSON web token, whole or cut
    r"|k8s-aws-v1\.[\w-]+"
    r"|(?i:(?<=bearer )|(?<=basic ))\S+"
    r"|(?i:(?<=token=)|(?<=token: )|(?<=secret=)|(?<=password=)|(?<=password: ))\S+"
    r"|[A-Za-z0-9+/=_-]{40,}"
)


def plain(text: str, limit: int = 200) -> str:
    """The text, unprintable characters and line ends made spaces, at most `limit` characters from its end."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else "…" + line[-limit:]


def without_credentials(text: str, limit: int = 200) -> str:
    """The same, and whatever looks like a token, a key or a password is left out."""
    return plain(_CREDENTIAL.sub("[left out]", text), limit)
