"""What is said when the real cluster cannot run. These tests need no Go."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.realcluster import build

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing was built, and that has no Go."""
    monkeypatch.setenv(build.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))
    return tmp_path / "cache"


def _pretend_built() -> None:
    folder = build.folder()
    folder.mkdir(parents=True)
    for name in (*build.PROGRAMS, build.KUBECTL, "crds"):
        (folder / name).touch()


def test_without_go_the_obstacle_says_what_to_install(empty_cache: Path) -> None:
    assert build.obstacle() == "The real cluster is not built and Go 1.26.0 or later is missing: install it."


def test_without_go_building_ends_with_a_sentence(empty_cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main() == 1
    assert capsys.readouterr().err.startswith("Go 1.26.0 or later is missing: install it")


def test_what_is_built_is_not_built_again_and_needs_no_go(
    empty_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _pretend_built()
    assert build.obstacle() == ""
    assert build.main() == 0
    assert "is up to date" in capsys.readouterr().out


def test_a_changed_source_is_another_build(empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.folder()
    module = tmp_path / "go"
    module.mkdir()
    for source in build.GO_MODULE.rglob("*.go"):
        (module / source.name).write_bytes(source.read_bytes() + b"\n")
    monkeypatch.setattr(build, "GO_MODULE", module)
    assert build.folder() != before


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")])
def test_a_missing_cluster_skips_tests_and_fails_them_in_ci(empty_cache: Path, ci: str, outcome: str) -> None:
    test = f"{Path(__file__).parent}/test_stack.py::test_nodes_are_ready_in_three_zones_with_the_driver"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-m", "realcluster", test]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "CI": ci}, capture_output=True, text=True, timeout=60)
    assert outcome in done.stdout
    assert "Go 1.26.0 or later is missing" in done.stdout
