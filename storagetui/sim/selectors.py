"""Label and field selectors: from a query parameter, or from an object's `selector`.

Source: k8s.io/apimachinery/pkg/labels/selector.go and pkg/fields/selector.go; which fields a kind knows:
AddFieldLabelConversionsFor... in kubernetes/pkg/apis/*/v1/conversion.go.
"""

import re
from collections.abc import Mapping

import msgspec

from storagetui.sim import refusal
from storagetui.sim.resources import Resource
from storagetui.sim.wire import Json, dig

_TERM = re.compile(
    r"\s*(?:(?P<absent>!)\s*(?P<missing>[^\s!=<>,()]+)"
    r"|(?P<key>[^\s!=<>,()]+)(?:\s+(?P<set>in|notin)\s*\((?P<values>[^()]*)\)"
    r"|\s*(?P<operator>==|=|!=|>|<)\s*(?P<value>[^\s,()]*))?)\s*(?:,|$)"
)


class Requirement(msgspec.Struct, frozen=True):
    """One condition on one label."""

    key: str
    operator: str
    """in, notin, exists, absent, gt or lt."""
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy it; a label that is missing satisfies notin and absent."""
        value = labels.get(self.key)
        if self.operator in ("exists", "absent"):
            return (value is not None) == (self.operator == "exists")
        if self.operator == "notin":
            return value is None or value not in self.values
        if self.operator == "in":
            return value is not None and value in self.values
        try:
            difference = int(value or "") - int(self.values[0])
        except ValueError:
            return False
        return difference > 0 if self.operator == "gt" else difference < 0


class LabelSelector(msgspec.Struct, frozen=True):
    """Conditions that must all hold; none means everything."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether all conditions hold for these labels."""
        return all(item.matches(labels) for item in self.requirements)


class FieldSelector(msgspec.Struct, frozen=True):
    """Fields that must, or must not, have a value."""

    terms: tuple[tuple[tuple[str, ...], bool, str], ...] = ()
    """Path, whether equal, value."""

    def matches(self, obj: Json) -> bool:
        """Whether all terms hold for this object; a field that is missing counts as empty text."""
        return all((_value(obj, path) == value) == equal for path, equal, value in self.terms)

    def value_of(self, *path: str) -> str | None:
        """The value that a field must be equal to, if any."""
        return next((value for where, equal, value in self.terms if equal and where == path), None)


def labels_from(text: str) -> LabelSelector:
    """Read `app=db,tier!=web,zone in (a,b),!legacy`. Refused with 400 when it cannot be read."""
    found: list[Requirement] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TERM.match(text, position)
        if match is None or match.end() == position:
            raise refusal.bad_request(f"unable to parse requirement: {text[position:].strip()!r} is no label selector")
        found.append(_requirement(match))
        position = match.end()
    return LabelSelector(tuple(found))


def of_object(selector: Json) -> LabelSelector:
    """The selector of a workload or claim: `matchLabels` and `matchExpressions` together."""
    found = [Requirement(key, "in", (value,)) for key, value in (selector.get("matchLabels") or {}).items()]
    names = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "absent"}
    found += [
        Requirement(item["key"], names[item["operator"]], tuple(item.get("values") or ()))
        for item in selector.get("matchExpressions") or ()
    ]
    return LabelSelector(tuple(found))


def fields_from(text: str, kind: Resource) -> FieldSelector:
    """Read `spec.nodeName=n1,status.phase!=Running`. Refused with 400 for a field the kind does not know."""
    terms: list[tuple[tuple[str, ...], bool, str]] = []
    known = {"metadata.name", *_FIELDS.get(kind.name, ()), *(("metadata.namespace",) if kind.namespaced else ())}
    for term in text.split(","):
        if not term:
            continue
        match = re.fullmatch(r"([^=!]*?)(==|=|!=)(.*)", term)
        if match is None:
            raise refusal.bad_request(f"invalid selector: '{text}'; can't understand '{term}'")
        field, operator, value = match.groups()
        if field not in known:
            raise refusal.bad_request(_unknown(kind, field))
        terms.append((_PATHS.get((kind.name, field), tuple(field.split("."))), operator != "!=", _unescaped(value)))
    return FieldSelector(tuple(terms))


def _requirement(match: re.Match[str]) -> Requirement:
    if match["absent"]:
        return Requirement(match["missing"], "absent")
    key, operator = match["key"], match["set"]
    if operator:
        return Requirement(key, operator, tuple(sorted(item.strip() for item in match["values"].split(","))))
    names = {"=": "in", "==": "in", "!=": "notin", ">": "gt", "<": "lt"}
    if match["operator"]:
        return Requirement(key, names[match["operator"]], (match["value"],))
    return Requirement(key, "exists")


def _unknown(kind: Resource, field: str) -> str:
    if kind.custom or kind.name in _FIELDS:
        return f"field label not supported: {field}"
    return f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value)


def _value(obj: Json, path: tuple[str, ...]) -> str:
    value = dig(obj, *path)
    if value is None and path == _SOURCE:
        value = obj.get("reportingComponent")
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


_EVENT_FIELDS = (
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
)
_FIELDS: dict[str, tuple[str, ...]] = {
    "events": _EVENT_FIELDS,
    "jobs.batch": ("status.successful",),
    "namespaces": ("status.phase",),
    "nodes": ("spec.unschedulable",),
    "pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "replicasets.apps": ("status.replicas",),
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
}
_SOURCE = ("source", "component")
_PATHS: dict[tuple[str, str], tuple[str, ...]] = {
    ("events", "source"): _SOURCE,
    ("jobs.batch", "status.successful"): ("status", "succeeded"),
}
