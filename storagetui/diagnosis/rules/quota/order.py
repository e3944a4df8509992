"""A namespace is to go. What its limits refuse is told at who asks: sets, and pods with ephemeral volumes."""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.quota import (
    namespace_terminating,
)

RULES: tuple[Rule[Any], ...] = (namespace_terminating.RULE,)
