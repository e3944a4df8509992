"""Rules for metadata, the same for every kind.

Source: k8s.io/apimachinery/pkg/api/validation/objectmeta.go, pkg/apis/meta/v1/validation/validation.go,
pkg/util/validation/validation.go and pkg/api/validate/content/kube.go.
"""

import re
from collections.abc import Iterable, Iterator

from storagetui.sim.refusal import FieldError, forbidden_field, invalid_value, required
from storagetui.sim.resources import Resource
from storagetui.sim.wire import Json, encoded

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_NAMES = frozenset({"namespaces", "services", "statefulsets.apps"})
_ANNOTATIONS_LIMIT = 256 * 1024


def bad_subdomain(text: str) -> Iterator[str]:
    """What keeps `text` from being a DNS subdomain of RFC 1123."""
    if len(text) > 253:
        yield "must be no more than 253 bytes"
    if not re.fullmatch(_SUBDOMAIN, text):
        rule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must"
        regex = f"(e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
        yield f"{rule} start and end with an alphanumeric character {regex}"


def bad_label(text: str) -> Iterator[str]:
    """What keeps `text` from being a DNS label of RFC 1123."""
    if len(text) > 63:
        yield "must be no more than 63 bytes"
    if "." in text:
        yield "must not contain dots"
    elif not re.fullmatch(_LABEL, text):
        rule = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start"
        regex = f"(e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
        yield f"{rule} and end with an alphanumeric character {regex}"


def bad_key(text: str) -> Iterator[str]:
    """What keeps `text` from being a key of a label or annotation, or a finalizer."""
    rule = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric"
    examples = "'MyName',  or 'my.name',  or '123-abc'"
    rule = f"{rule} character (e.g. {examples}, regex used for validation is '{_KEY}')"
    parts = text.split("/")
    if len(parts) > 2:
        yield f"a valid label key {rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return
    if len(parts) == 2:
        if not parts[0]:
            yield "prefix part must be non-empty"
        else:
            yield from (f"prefix part {why}" for why in bad_subdomain(parts[0]))
    name = parts[-1]
    if not name:
        yield "name part must be non-empty"
    elif len(name) > 63:
        yield "name part must be no more than 63 bytes"
    if not re.fullmatch(_KEY, name):
        yield f"name part {rule}"


def bad_label_value(text: str) -> Iterator[str]:
    """What keeps `text` from being the value of a label."""
    if len(text) > 63:
        yield "must be no more than 63 bytes"
    if not re.fullmatch(f"({_KEY})?", text):
        rule = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must"
        examples = "'MyValue',  or 'my_value',  or '12345'"
        regex = f"(e.g. {examples}, regex used for validation is '({_KEY})?')"
        yield f"{rule} start and end with an alphanumeric character {regex}"


def new_metadata(kind: Resource, obj: Json) -> Iterator[FieldError]:
    """What is wrong with the metadata of a new object."""
    metadata = obj["metadata"]
    name = metadata.get("name", "")
    if not name:
        yield required("metadata.name", "name or generateName is required")
    else:
        yield from (invalid_value("metadata.name", name, why) for why in _bad_name(kind, name))
    if kind.namespaced and not metadata.get("namespace"):
        yield required("metadata.namespace")
    yield from _content(kind, metadata)


def changed_metadata(kind: Resource, obj: Json, old: Json) -> Iterator[FieldError]:
    """What is wrong with the metadata of an updated object."""
    new, before = obj["metadata"], old["metadata"]
    added = sorted(set(new.get("finalizers", ())) - set(before.get("finalizers", ())))
    if "deletionTimestamp" in before and added:
        listed = "[]string{" + ", ".join(encoded(item).decode() for item in added) + "}"
        why = f"no new finalizers can be added if the object is being deleted, found new finalizers {listed}"
        yield forbidden_field("metadata.finalizers", why)
    yield from _content(kind, new)


def immutable(new: object, old: object, field: str) -> Iterator[FieldError]:
    """An error when a field that may not change has changed (ValidateImmutableField)."""
    if new != old:
        yield invalid_value(field, new, "field is immutable")


def frozen(new: object, old: object, field: str) -> Iterator[FieldError]:
    """As `immutable`, where the rule is declared with the type: the value is not told."""
    if new != old:
        yield invalid_value(field, None, "field is immutable")


def _bad_name(kind: Resource, name: str) -> Iterator[str]:
    return bad_label(name) if kind.name in _LABEL_NAMES else bad_subdomain(name)


def _content(kind: Resource, metadata: Json) -> Iterator[FieldError]:
    for key, value in metadata.get("labels", {}).items():
        yield from (invalid_value("metadata.labels", key, why) for why in bad_key(key))
        yield from (invalid_value("metadata.labels", value, why) for why in bad_label_value(value))
    annotations = metadata.get("annotations", {})
    for key in annotations:
        yield from (invalid_value("metadata.annotations", key, why) for why in bad_key(key.lower()))
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > _ANNOTATIONS_LIMIT:
        body = f"Too long: may not be more than {_ANNOTATIONS_LIMIT} bytes"
        yield FieldError("FieldValueTooLong", "metadata.annotations", body)
    yield from _finalizers(kind, metadata.get("finalizers", ()))
    for index, owner in enumerate(metadata.get("ownerReferences", ())):
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                yield required(f"metadata.ownerReferences[{index}].{field}", "must not be empty")


def _finalizers(kind: Resource, finalizers: Iterable[str]) -> Iterator[FieldError]:
    for item in finalizers:
        yield from (invalid_value("metadata.finalizers", item, why) for why in bad_key(item))
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        why = "finalizer orphan and foregroundDeletion cannot be both set"
        yield invalid_value("metadata.finalizers", list(finalizers), why)
    for index, item in enumerate(finalizers):
        if not kind.custom and "/" not in item and item not in _STANDARD_FINALIZERS:
            why = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid_value(f"metadata.finalizers[{index}]", item, why)
