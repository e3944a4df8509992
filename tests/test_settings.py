"""The settings file: what it may say, and what is said about one that cannot be used."""

from pathlib import Path

import pytest

from storagetui.errors import SettingsError, StorageTuiError
from storagetui.settings import Settings, Thresholds, load


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "settings.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_without_a_file_everything_is_as_documented(tmp_path: Path) -> None:
    made = load(tmp_path / "none.toml")
    assert made == Settings()
    assert made.thresholds == Thresholds(claim_pending_s=30, pod_pending_s=30, container_creating_s=60, terminating_s=0)
    assert (made.theme, made.read_only) == ("storagetui", False)
    assert load(written(tmp_path, "")) == Settings()


def test_a_file_sets_what_it_names_and_leaves_the_rest(tmp_path: Path) -> None:
    text = 'theme = "nord"\nread_only = true\n[thresholds]\nclaim_pending_s = 120\npod_pending_s = 0.5\n'
    made = load(written(tmp_path, text))
    assert made == Settings(theme="nord", read_only=True, thresholds=Thresholds(claim_pending_s=120, pod_pending_s=0.5))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("theme = ", "correct it or move it away"),
        ("colour = 1", "unknown field `colour`"),
        ("[thresholds]\nclaims = 1", r"unknown field `claims` - at `\$\.thresholds`"),
        ("[thresholds]\nclaim_pending_s = '30s'", r"got `str` - at `\$\.thresholds\.claim_pending_s`"),
        ("[thresholds]\nclaim_pending_s = true", r"got `bool` - at `\$\.thresholds\.claim_pending_s`"),
        ("[thresholds]\nclaim_pending_s = -1", r">= 0.*claim_pending_s"),
        ("[thresholds]\nterminating_s = inf", r"<= 31536000.*terminating_s"),
        ("[thresholds]\npod_pending_s = nan", r"pod_pending_s"),
        ("read_only = 1", r"Expected `bool`, got `int`"),
        (b"theme = '\xff'", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_what_is_wrong(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsError, match=words) as raised:
        load(path)
    assert str(path) in str(raised.value)
    assert isinstance(raised.value, StorageTuiError)


def test_a_folder_in_its_place_is_said_to_be_unreadable(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)
