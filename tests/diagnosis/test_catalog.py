from pathlib import Path
from typing import Any

import pytest
import yaml

from storagetui.diagnosis import rules
from storagetui.diagnosis.catalog import ALL_RULES, STATES
from storagetui.diagnosis.fault import FAULT
from storagetui.diagnosis.finding import Severity
from storagetui.diagnosis.rule import Rule, State

RULES = Path(str(rules.__file__)).parent
MODULES = sorted(
    f"{path.parent.name}.{path.stem}" for path in RULES.glob("*/*.py") if "Rule(" in path.read_text(encoding="utf-8")
)
DESCRIBING = sorted(
    f"{path.parent.name}.{path.stem}" for path in RULES.glob("*/*.py") if "State(" in path.read_text(encoding="utf-8")
)
"""Modules that say what a state is: those of rules, and those whose states a rule of another module finds."""
OURS = {"claim-pending", "pod-pending"}
"""Codes of the general states: what is left when nothing particular is known."""


def test_every_rule_is_in_the_catalog_once() -> None:
    assert len({rule.find for rule in ALL_RULES}) == len(ALL_RULES)
    assert sorted({".".join(rule.find.__module__.split(".")[-2:]) for rule in ALL_RULES}) == MODULES


@pytest.mark.parametrize("module", DESCRIBING)
def test_every_state_has_its_tests(module: str) -> None:
    family, _, name = module.partition(".")
    text = (Path(__file__).parent / family / f"test_{name}.py").read_text()
    source = (RULES / family / f"{name}.py").read_text()
    codes = [code for code in STATES if f'code="{code}"' in source]
    assert codes
    assert all(code in text for code in codes)


def test_every_state_is_there_and_matters_as_much_as_it_should() -> None:
    wanted = yaml.safe_load((Path(__file__).parent / "states.yaml").read_text(encoding="utf-8"))
    known = {
        code: f"{state.severity}{' calm' * state.is_calm}"
        for code, state in STATES.items()
        if code not in {*OURS, FAULT.code}
    }
    assert known == wanted


def test_codes_are_unique() -> None:
    assert len(STATES) == 1 + len({id(state) for rule in ALL_RULES for state in rule.states})
    assert set(STATES) >= OURS


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_every_state_explains_itself(state: State) -> None:
    assert state.meaning.endswith(".")
    assert state.remedies
    assert not any(remedy.endswith(".") for remedy in state.remedies)
    assert all(link.startswith("https://") for link in state.links)
    assert state.links
    assert state.title[0].isupper()
    assert state.code == state.code.lower()


def test_calm_states_are_no_alarms() -> None:
    calm = {state.code: state.severity for state in STATES.values() if state.is_calm}
    assert calm.pop("node-lost-volumes-in-use") is Severity.MEDIUM
    assert set(calm.values()) <= {Severity.INFO, Severity.LOW}


def test_rules_of_one_symptom_stand_together_and_symptoms_are_told_apart_by_name() -> None:
    names = [rule.symptom.name for rule in ALL_RULES]
    runs = [name for position, name in enumerate(names) if position == 0 or names[position - 1] != name]
    assert len(runs) == len(set(runs))
    symptoms: dict[str, Any] = {}
    for rule in ALL_RULES:
        assert symptoms.setdefault(rule.symptom.name, rule.symptom) is rule.symptom


def test_the_general_rule_comes_last() -> None:
    last: dict[str, Rule[Any]] = {rule.symptom.name: rule for rule in ALL_RULES}
    codes = {state.code for rule in last.values() for state in rule.states}
    assert codes >= OURS | {"attach-silent-timeout", "pod-terminating-node-ready"}
