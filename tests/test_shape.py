"""The shape of the source: small modules, short functions, telling names, and nothing of one machine."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONGEST_MODULE, LONGEST_FUNCTION = 400, 60
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handlers", "base"}
ALLOWED = {"storagetui/model/base.py"}
LEFT_OUT = {".git", ".venv", "__pycache__", ".hypothesis", "dist", "node_modules", "build"}
TEXTS = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
    ".json",
    ".jsonl",
    ".cfg",
    ".tcss",
    ".svg",
    ".go",
    ".mod",
    ".sum",
    ".sh",
    "",
}
OF_A_MACHINE = re.compile(
    "|".join(
        [
            r"(?<![\w./-])/" + r"(?:work|root)/",
            "/tmp" + "/brief",
            r"(?:index-url|extra-index-url|find-links|trusted-host)\s*=",
            r"https?://[^\s\"')>]*(?:artifactory|nexus|/simple/|:\d+/(?:simple|pypi|goproxy))",
            r"(?:GOPROXY|PIP_INDEX_URL)\s*=\s*https?://(?!proxy\.golang\.org)",
        ]
    )
)
"""Paths of the machine that something was written on, and addresses of registries; in pieces, lest it find itself."""


def files() -> Iterator[Path]:
    """Every file of the tree that is text, but what tools make."""
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if path.name in LEFT_OUT or path.name.endswith(("_cache", ".egg-info")):
                continue
            if path.is_dir():
                folders.append(path)
            elif path.suffix in TEXTS:
                yield path


def modules() -> list[Path]:
    return [path for part in ("storagetui", "tests") for path in sorted((ROOT / part).rglob("*.py"))]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Every function of a module with its length in lines, decorators left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_modules_and_functions_fit_in_the_head() -> None:
    too_long = []
    for path in modules():
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > LONGEST_MODULE:
            too_long.append(f"{named(path)} has {lines} lines")
        found = ((name, length) for name, length in functions(path) if length > LONGEST_FUNCTION)
        too_long += [f"{named(path)}: {name} has {length} lines" for name, length in found]
    assert not too_long


def test_modules_are_named_for_what_they_hold() -> None:
    assert not [named(path) for path in modules() if path.stem in NAMES_THAT_SAY_NOTHING and named(path) not in ALLOWED]
    assert not [named(path) for path in modules() if path.stem != path.stem.lower()]


def test_packages_hold_a_docstring_at_most() -> None:
    for path in (ROOT / "storagetui").rglob("__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        what = [node for node in body if not isinstance(node, ast.Expr)]
        is_version = path.parent == ROOT / "storagetui"
        assert len(what) <= is_version, f"{named(path)} holds more than a docstring"


def test_the_tree_knows_nothing_of_the_machine_it_was_written_on() -> None:
    found = []
    for path in files():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{named(path)}: {match[0]}" for match in OF_A_MACHINE.finditer(text)]
    assert not found


def test_the_search_for_machine_paths_finds_them() -> None:
    for text in (
        "see /" + "work/main",
        "PATH=/" + "root/bin",
        "/tmp" + "/brief/x",
        "index-" + "url = https://x/simple",
    ):
        assert OF_A_MACHINE.search(text), text
    for text in ("the net" + "work/policy", "/home/work", "https://proxy.golang.org", "docs/work/"):
        assert not OF_A_MACHINE.search(text), text
