"""The field table against the models that are generated from Kubernetes' own specification."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import msgspec
import pytest
import yaml
from kubernetes_asyncio.client import models

from storagetui.model.base import Part, Record
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.fields import At, Conversion, Field, field_path, table
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from storagetui.model.pods import Pod
from tests.realcluster import build

CUSTOM = {kind for kind, info in KINDS.items() if info.group in ("snapshot.storage.k8s.io", "velero.io")}
"""Custom resources, of which the generated models know nothing but the metadata."""
NEWER = {"status.healthStatus.healthConditions", "status.healthStatus.lastTransitionTime", "status.volumeHealth"}
"""Fields of Kubernetes 1.37, which the generated models do not have yet; their protobuf numbers are checked."""
RECORDS = [pytest.param(info.record, id=str(kind)) for kind, info in KINDS.items()]
WRITTEN_AS = {
    Conversion.TEXT: "str",
    Conversion.UNIQUE_TEXT: "str",
    Conversion.FLAG: "bool",
    Conversion.OPTIONAL_FLAG: "bool",
    Conversion.COUNT: "int",
    Conversion.COUNT_UNLESS_ZERO: "int",
    Conversion.NUMBER_OR_TEXT: "object",
    Conversion.MOMENT: "datetime",
    Conversion.QUANTITY: "str",
    Conversion.NAMES: "list[str]",
    Conversion.PAIRS: "dict(str, str)",
    Conversion.QUANTITIES: "dict(str, str)",
}


def generated(kind: str) -> str:
    """The name of the generated model of a kind."""
    return "CoreV1Event" if kind == "Event" else f"V1{kind}"


def step_type(owner: str, step: str) -> str:
    """The type of what stands under a name in a generated type; fails when nothing does."""
    if owner.startswith("dict(str, "):
        return owner.removeprefix("dict(str, ").removesuffix(")")
    model = getattr(models, owner)
    names = {wire: name for name, wire in model.attribute_map.items()}
    assert step in names, f"{owner} has no {step}; it has {sorted(names)}"
    found: str = model.openapi_types[names[step]]
    return found


def check(record: type[msgspec.Struct], owner: str) -> None:
    """Walk every path of a record, and of the records in it, through the generated types."""
    for field in table(record):
        if field.path in NEWER:
            continue
        found = owner
        for step in field.steps:
            found = step_type(found, step)
        if field.item is not None:
            inner = re.fullmatch(r"list\[(.+)\]", found) if field.conversion is Conversion.ITEMS else [None, found]
            assert inner, f"{record.__name__}.{field.name} is not a list but {found}"
            check(field.item, str(inner[1]))
        elif field.conversion is not Conversion.PRESENCE:
            assert found == WRITTEN_AS[field.conversion], f"{record.__name__}.{field.name} is a {found}"


@pytest.mark.parametrize("record", RECORDS)
def test_every_field_is_where_kubernetes_writes_it_and_of_that_type(record: type[Record]) -> None:
    assert record.__name__ == record.kind
    if record.kind in CUSTOM:
        own = {field for field in set(table(record)) - set(table(Record)) if field.steps[0] != "metadata"}
        assert all(field.steps[0] in ("spec", "status", "driver", "deletionPolicy", "parameters") for field in own)
        for field in set(table(record)) - own:
            assert step_type("V1ObjectMeta", field.steps[1])
    else:
        check(record, generated(record.kind))


@pytest.mark.parametrize("kind", sorted(CUSTOM))
def test_fields_of_custom_resources_are_in_their_definitions(kind: Kind) -> None:
    info = KINDS[kind]
    file = build.folder() / "crds" / f"{info.group}_{info.plural}.yaml"
    if not file.exists():
        pytest.skip("the definitions of snapshots are not here (`make realcluster` brings them), nor those of Velero")
    versions = yaml.safe_load(file.read_text())["spec"]["versions"]
    schema = next(version["schema"]["openAPIV3Schema"] for version in versions if version["name"] == info.version)
    for field in set(table(info.record)) - set(table(Record)):
        if field.steps[0] == "metadata":
            continue
        found = schema
        for step in field.steps:
            found = found["properties"][step]
        is_map = field.conversion is Conversion.PAIRS
        assert found["type"] == {"bool": "boolean", "dict(str, str)": "object"}.get(
            WRITTEN_AS[field.conversion], "string"
        )
        assert is_map == ("additionalProperties" in found)


@pytest.mark.parametrize("record", RECORDS)
def test_no_path_of_a_record_runs_through_another(record: type[Record]) -> None:
    for fields in tables(record):
        paths = {field.steps for field in fields}
        through = {path[:end] for path in paths for end in range(1, len(path))}
        assert not paths & through


def tables(record: type[msgspec.Struct]) -> Iterator[tuple[Field, ...]]:
    """The tables of a record and of all records in it."""
    yield table(record)
    for field in table(record):
        if field.item is not None:
            yield from tables(field.item)


@pytest.mark.parametrize("record", RECORDS)
def test_records_keep_out_of_the_garbage_collectors_way(record: type[Record]) -> None:
    for fields in tables(record):
        for field in fields:
            if field.item is not None:
                assert field.item.__struct_config__.frozen
                assert not field.item.__struct_config__.gc
    assert record.__struct_config__.frozen
    assert not record.__struct_config__.gc


def test_a_maps_key_may_hold_dots_and_slashes() -> None:
    rows = {field.name: field for field in table(PersistentVolumeClaim)}
    assert rows["selected_node"].steps == ("metadata", "annotations", "volume.kubernetes.io/selected-node")
    assert rows["requested"].steps == ("spec", "resources", "requests", "storage")
    assert rows["name"].steps == ("metadata", "name")


def test_evidence_names_the_field_as_kubernetes_writes_it() -> None:
    assert field_path(PersistentVolumeClaim, "storage_class") == "spec.storageClassName"
    assert field_path(Pod, "node_name") == "spec.nodeName"
    with pytest.raises(KeyError):
        field_path(Pod, "nodeName")


class Placed(Part, frozen=True, gc=False):
    """A record with one field of each kind that a type alone tells."""

    text: Annotated[str, At("a")]
    flag: Annotated[bool, At("b")]
    maybe: Annotated[bool | None, At("c")]
    number: Annotated[int | None, At("d")]
    moment: Annotated[datetime | None, At("e")]
    names: Annotated[tuple[str, ...], At("f")]
    unique: Annotated[str, At("g", Conversion.UNIQUE_TEXT)]


class Unplaced(msgspec.Struct):
    """A field that does not say where it stands."""

    text: str


class Strange(msgspec.Struct):
    """A field of a type that nothing makes."""

    numbers: Annotated[list[complex], At("a")]


def test_the_type_tells_the_conversion_unless_the_place_does() -> None:
    assert [field.conversion for field in table(Placed)] == [
        Conversion.TEXT,
        Conversion.FLAG,
        Conversion.OPTIONAL_FLAG,
        Conversion.COUNT,
        Conversion.MOMENT,
        Conversion.NAMES,
        Conversion.UNIQUE_TEXT,
    ]


def test_a_field_that_no_decoder_could_fill_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Unplaced\.text does not say where it stands"):
        table(Unplaced)
    with pytest.raises(TypeError, match="no conversion makes"):
        table(Strange)
