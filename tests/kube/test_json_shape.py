"""From objects as the API writes them to records."""

import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from storagetui.kube.json_shape import shape
from storagetui.model.base import OwnerReference, Record
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.drivers import CSIDriver
from storagetui.model.fields import Conversion, Field, table
from storagetui.model.keys import Key
from storagetui.model.kinds import KINDS
from storagetui.model.namespaces import ResourceQuota
from storagetui.model.quantity import parse
from tests.build import decode

Json = dict[str, Any]
MOMENT = "2026-01-15T14:02:11Z"
GIVEN: dict[Conversion, Any] = {
    Conversion.TEXT: "text",
    Conversion.UNIQUE_TEXT: "unique",
    Conversion.FLAG: True,
    Conversion.OPTIONAL_FLAG: False,
    Conversion.PRESENCE: "there",
    Conversion.COUNT: 7,
    Conversion.COUNT_UNLESS_ZERO: 7,
    Conversion.NUMBER_OR_TEXT: 8080,
    Conversion.MOMENT: MOMENT,
    Conversion.QUANTITY: "1536Mi",
    Conversion.NAMES: ["b", "a"],
    Conversion.PAIRS: {"b": "2", "a": "1"},
    Conversion.QUANTITIES: {"storage": "1Gi", "count/pods": 3},
}
WANTED: dict[Conversion, Any] = {
    **GIVEN,
    Conversion.PRESENCE: True,
    Conversion.NUMBER_OR_TEXT: "8080",
    Conversion.MOMENT: datetime(2026, 1, 15, 14, 2, 11, tzinfo=UTC),
    Conversion.QUANTITY: parse("1536Mi"),
    Conversion.NAMES: ("b", "a"),
    Conversion.PAIRS: (("a", "1"), ("b", "2")),
    Conversion.QUANTITIES: (("count/pods", parse("3")), ("storage", parse("1Gi"))),
}
EMPTY: dict[Conversion, Any] = {
    Conversion.TEXT: "",
    Conversion.UNIQUE_TEXT: "",
    Conversion.FLAG: False,
    Conversion.PRESENCE: False,
    Conversion.NUMBER_OR_TEXT: "",
    Conversion.NAMES: (),
    Conversion.PAIRS: (),
    Conversion.QUANTITIES: (),
    Conversion.ITEMS: (),
}
"""Of the rest it is None."""
RECORDS = [pytest.param(info.record, id=str(kind)) for kind, info in KINDS.items()]


def place(wire: Json, field: Field, value: object) -> None:
    for step in field.steps[:-1]:
        wire = wire.setdefault(step, {})
    wire.setdefault(field.steps[-1], value)


def full(record: type[msgspec.Struct]) -> Json:
    """An object in which every field of a record stands, and much that no record knows."""
    wire: Json = {"apiVersion": "v1", "unknown": {"deep": [1, {"metadata": None}]}}
    for field in sorted(table(record), key=lambda one: one.conversion is Conversion.PRESENCE):
        if field.item is None:
            place(wire, field, GIVEN[field.conversion])
        else:
            item = full(field.item)
            place(wire, field, item if field.conversion is Conversion.ITEM else [item, item])
    return wire


def check_full(made: msgspec.Struct) -> None:
    for field in table(type(made)):
        value = getattr(made, field.name)
        if field.item is None:
            assert value == WANTED[field.conversion], field.name
        else:
            items = (value,) if field.conversion is Conversion.ITEM else value
            assert len(items) == (1 if field.conversion is Conversion.ITEM else 2)
            for item in items:
                check_full(item)


def nulled(wire: object) -> object:
    """The same object with null in place of everything that is no object."""
    if isinstance(wire, dict):
        return {key: nulled(value) for key, value in wire.items()}
    return None


def check_empty(made: msgspec.Struct) -> None:
    for field in table(type(made)):
        value = getattr(made, field.name)
        if field.conversion is Conversion.ITEM and value is not None:
            check_empty(value)
        elif field.conversion not in (Conversion.PRESENCE, Conversion.PAIRS, Conversion.QUANTITIES):
            assert value == EMPTY.get(field.conversion), field.name


@pytest.mark.parametrize("record", RECORDS)
def test_every_field_arrives_and_what_is_not_named_is_skipped(record: type[Record]) -> None:
    made = decode(record, full(record))
    check_full(made)
    assert made.key == Key(record.kind, "text", "unique")
    assert made.kind is record.kind


@pytest.mark.parametrize("record", RECORDS)
def test_nothing_need_be_there(record: type[Record]) -> None:
    check_empty(decode(record, {}))
    check_empty(decode(record, dict.fromkeys(full(record))))


@pytest.mark.parametrize("record", RECORDS)
def test_null_may_stand_for_every_value(record: type[Record]) -> None:
    made = nulled(full(record))
    assert isinstance(made, dict)
    check_empty(decode(record, made))


@pytest.mark.parametrize("record", RECORDS)
def test_equal_objects_are_equal_records_that_share_what_repeats(record: type[Record]) -> None:
    one, other = decode(record, full(record)), decode(record, full(record))
    assert one == other
    assert one.namespace is other.namespace is sys.intern("text")
    assert one.labels is other.labels
    assert one.finalizers is other.finalizers
    assert one.labels[0][0] is other.labels[0][0]


def test_a_map_may_hold_nulls_and_a_list_keeps_its_order() -> None:
    metadata = {"name": "c", "labels": {"b": None, "a": "1"}, "finalizers": ["z", "a"]}
    made = decode(PersistentVolumeClaim, {"metadata": metadata})
    assert made.labels == (("a", "1"), ("b", ""))
    assert made.finalizers == ("z", "a")


def test_words_that_nobody_knew_are_kept() -> None:
    wire = {
        "metadata": {"name": "c"},
        "status": {"phase": "Teleporting", "allocatedResourceStatuses": {"storage": "NodeWondering"}},
        "spec": {"accessModes": ["ReadWriteSometimes"], "volumeMode": "Tape"},
    }
    made = decode(PersistentVolumeClaim, wire)
    assert (made.phase, made.allocated_status) == ("Teleporting", "NodeWondering")
    assert (made.access_modes, made.volume_mode) == (("ReadWriteSometimes",), "Tape")


@pytest.mark.parametrize(
    ("written", "value"),
    [("10Gi", "10Gi"), (1024, "1024"), (1e3, "1000"), (0.5, "0.5"), (1e22, "1e22"), (10**20, "1e20"), (-1, "-1")],
)
def test_quantities_may_be_numbers(written: str | float, value: str) -> None:
    made = decode(PersistentVolumeClaim, {"spec": {"resources": {"requests": {"storage": written}}}})
    assert made.requested == parse(value)


def test_a_quota_counts_in_quantities() -> None:
    hard = {"requests.storage": "1Ti", "fast.storageclass.storage.k8s.io/persistentvolumeclaims": "5"}
    made = decode(ResourceQuota, {"status": {"hard": hard, "used": {"requests.storage": "0"}}})
    assert dict(made.hard)["requests.storage"] == parse("1024Gi")
    assert made.used == (("requests.storage", parse("0")),)


def test_attaching_is_required_unless_a_driver_says_otherwise() -> None:
    assert decode(CSIDriver, {"spec": {}}).attach_required is None
    assert decode(CSIDriver, {"spec": {"attachRequired": False}}).attach_required is False


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        (MOMENT, datetime(2026, 1, 15, 14, 2, 11, tzinfo=UTC)),
        ("2026-01-15T14:02:11.123456Z", datetime(2026, 1, 15, 14, 2, 11, 123456, tzinfo=UTC)),
        ("2026-01-15T14:02:11.123456789Z", datetime(2026, 1, 15, 14, 2, 11, 123457, tzinfo=UTC)),
        ("2026-01-15T14:02:59.999999999Z", datetime(2026, 1, 15, 14, 3, tzinfo=UTC)),
        ("2026-01-15T16:02:11+02:00", datetime(2026, 1, 15, 16, 2, 11, tzinfo=timezone(timedelta(hours=2)))),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        (None, None),
    ],
)
def test_moments_are_aware(written: str | None, moment: datetime | None) -> None:
    made = decode(PersistentVolumeClaim, {"metadata": {"creationTimestamp": written}})
    assert made.creation_timestamp == moment


@pytest.mark.parametrize(
    "metadata",
    [
        {"creationTimestamp": "2026-01-15T14:02:11"},
        {"creationTimestamp": "yesterday"},
        {"creationTimestamp": 1768485731},
        {"labels": {"a": 1}},
        {"labels": ["a"]},
        {"finalizers": "one"},
        {"ownerReferences": [{"controller": "yes"}]},
        {"name": 7},
    ],
)
def test_what_does_not_fit_is_refused(metadata: Json) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(PersistentVolumeClaim, {"metadata": metadata})


def test_a_quantity_that_is_none_is_refused_with_its_text() -> None:
    with pytest.raises(ValueError, match="'lots' is not a quantity"):
        decode(PersistentVolumeClaim, {"status": {"capacity": {"storage": "lots"}}})


def test_shapes_are_made_once() -> None:
    assert shape(PersistentVolumeClaim) is shape(PersistentVolumeClaim)
    assert shape(OwnerReference) is shape(OwnerReference)


def test_the_kind_is_kept_beside_the_records_fields() -> None:
    how = shape(PersistentVolumeClaim)
    wire: Any = msgspec.json.decode(b'{"kind": "Pod"}', type=how.wire)
    assert wire.kind == "Pod"
