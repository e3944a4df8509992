"""The list of faults names tests; they exist."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
NAMED = re.compile(r"`(?:(\w+)/)?(test_\w+)::(test_\w+)`")


def _file(folder: str, module: str) -> Path:
    """Where a module of tests is: in the folder that is named, else here or beside the folders."""
    places = (folder,) if folder else ("kube", ".")
    return next(path for place in places if (path := TESTS / place / f"{module}.py").exists())


def test_every_test_that_the_readme_names_exists() -> None:
    named = set(NAMED.findall((Path(__file__).parent / "README.md").read_text()))
    assert len(named) > 150
    found: dict[tuple[str, str], set[str]] = {}
    for folder, module in {(folder, module) for folder, module, _ in named}:
        tree = ast.parse(_file(folder, module).read_text())
        tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        found[folder, module] = tests
    missing = [f"{module}::{name}" for folder, module, name in sorted(named) if name not in found[folder, module]]
    assert missing == []


def test_every_test_of_faults_is_named() -> None:
    """So that the list is whole: a test of a fault that it does not name is a fault that it leaves out."""
    named = {(module, name) for _, module, name in NAMED.findall((Path(__file__).parent / "README.md").read_text())}
    here = Path(__file__).parent
    for path in sorted([*here.glob("test_fault_*.py"), here / "test_reflector_truth.py"]):
        tree = ast.parse(path.read_text())
        tests = {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}
        assert sorted(name for name in tests if name.startswith("test_") and (path.stem, name) not in named) == []
