"""What a user may set: defaults, then the settings file."""

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

from storagetui.errors import SettingsError

Seconds = Annotated[float, msgspec.Meta(ge=0, le=365 * 86400)]
"""From nothing to a year."""


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Seconds after which a state counts as trouble."""

    claim_pending_s: Seconds = 30
    """A claim that is Pending."""
    pod_pending_s: Seconds = 30
    """A pod that no node was found for."""
    container_creating_s: Seconds = 60
    """A pod that has a node but whose containers do not start."""
    terminating_s: Seconds = 0
    """A pod that is still there, counted from its deletionTimestamp, which includes the grace period."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings."""

    thresholds: Thresholds = Thresholds()
    theme: str = "storagetui"
    """A theme of Textual, or ours."""
    read_only: bool = False
    """Refuse every action that writes."""


def load(path: Path) -> Settings:
    """The settings of a TOML file; defaults when there is none.

    Raises SettingsError for a file that is not TOML, an unknown name or a value of the wrong type.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {path} cannot be read: {error}") from error
    try:
        return msgspec.convert(tomllib.loads(text), Settings)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"the settings file {path} cannot be used: {error}; correct it or move it away") from error
