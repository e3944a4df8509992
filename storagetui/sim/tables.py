"""Tables: lists, objects and watch events in the form that `kubectl get` asks for.

Source: k8s.io/apiserver/pkg/endpoints/handlers/response.go and pkg/registry/rest/table.go (the columns of a kind that
has none of its own).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from storagetui.sim import refusal
from storagetui.sim.printing.column import NAME, Column, Printer
from storagetui.sim.printing.core import CORE
from storagetui.sim.printing.pods import PODS
from storagetui.sim.printing.storage import STORAGE
from storagetui.sim.printing.workloads import WORKLOADS
from storagetui.sim.resources import Resource
from storagetui.sim.wire import Json

_PRINTERS: dict[str, Printer] = {"pods": PODS, **CORE, **WORKLOADS, **STORAGE}
_ENDED = {"Succeeded": "The pod has completed successfully.", "Failed": "The pod failed."}


def table(
    kind: Resource, objects: Iterable[Json], now: datetime, include: str = "Metadata", *, headers: bool = True
) -> Json:
    """A Table of these objects, without list metadata.

    `include` says what each row carries of its object: None, Metadata or Object. Refused with 400 for anything else.
    """
    if include not in ("None", "Metadata", "Object", ""):
        why = f"includeObject: Invalid value: \"{include}\": must be 'Metadata', 'Object', 'None', or empty"
        raise refusal.bad_request(f"Unable to convert to Table as requested: {why}")
    columns, cells = _PRINTERS.get(kind.name, _DEFAULT)
    rows = [_row(kind, obj, cells(obj, now), include) for obj in objects]
    made: Json = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}}
    made["columnDefinitions"] = msgspec.to_builtins(columns) if headers else None
    made["rows"] = rows
    return made


def metadata_only(obj: Json) -> Json:
    """The PartialObjectMetadata of an object."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def _row(kind: Resource, obj: Json, cells: list[Any], include: str) -> Json:
    row: Json = {"cells": cells}
    phase = obj.get("status", {}).get("phase") if kind.name == "pods" else None
    if phase in _ENDED:
        row["conditions"] = [{"type": "Completed", "status": "True", "reason": phase, "message": _ENDED[phase]}]
    if include == "Object":
        row["object"] = obj
    elif include != "None":
        row["object"] = metadata_only(obj)
    return row


def _name_and_time(obj: Json, _now: datetime) -> list[Any]:
    return [obj["metadata"]["name"], obj["metadata"].get("creationTimestamp", "<unknown>")]


_DEFAULT = Printer((NAME, Column("Created At", type="date")), _name_and_time)
