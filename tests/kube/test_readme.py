"""The list of faults names tests; they exist."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
NAMED = re.compile(r"`(test_\w+)::(test_\w+)`")


def test_every_test_that_the_readme_names_exists() -> None:
    named = set(NAMED.findall((Path(__file__).parent / "README.md").read_text()))
    assert len(named) > 60
    found: dict[str, set[str]] = {}
    for module in {module for module, _ in named}:
        path = next(path for folder in ("kube", ".") if (path := TESTS / folder / f"{module}.py").exists())
        tree = ast.parse(path.read_text())
        found[module] = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert [f"{module}::{name}" for module, name in sorted(named) if name not in found[module]] == []
