"""The simulated API server answers as a real one did, refusal by refusal and word by word."""

import json

import pytest

from tests.witness.agreement import AGREED, GROUPS, outcomes
from tests.witness.site import Site


@pytest.mark.parametrize("group", GROUPS)
def test_the_server_answers_as_agreed(site: Site, group: str) -> None:
    agreed = json.loads(AGREED.read_text())[group]

    found = outcomes(site, group)

    assert found.keys() == agreed.keys()
    differing = {name: (agreed[name], found[name]) for name in agreed if found[name] != agreed[name]}
    assert not differing
