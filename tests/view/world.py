"""A small cluster in which something is wrong, and ways to look at it."""

from typing import Any

from storagetui.diagnosis.finding import Certainty, Finding, Severity
from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from storagetui.model.workloads import Service
from storagetui.view.column import Cell, Table
from tests.build import (
    NOW,
    attachment,
    build,
    claim,
    frame_of,
    node,
    pod,
    stamp,
    stateful_set,
    storage_class,
    volume,
)

HOSTILE = "evil\x1b[31m\n\u202edrow\x00"


def service(name: str, *, ip: str = "None") -> Service:
    return build(Service, name, {"spec": {"clusterIP": ip}}, {})


def owned(kind: str, name: str) -> dict[str, Any]:
    """Metadata of an object that a controller of that name owns."""
    reference = {"kind": kind, "name": name, "uid": f"uid-{kind}-{name}".lower(), "controller": True}
    return {"ownerReferences": [reference]}


def finding(about: Record, title: str, severity: Severity = Severity.HIGH, **over: Any) -> Finding:
    known: dict[str, Any] = {
        "code": "test",
        "title": title,
        "severity": severity,
        "certainty": Certainty.CONFIRMED,
        "subject": about.key,
        "uid": about.uid,
        "since": NOW,
        "explanation": title,
    }
    return Finding(**{**known, **over})


def shop() -> tuple[Record, ...]:
    """A set of three: #0 runs on a dead node, #1 waits for its volume, #2 waits for #1, and #3 was scaled away."""
    refused: dict[str, Any] = {"status": {"attachError": {"message": "volume is in use", "time": stamp(20)}}}
    return (
        stateful_set("shop/db", ready=1),
        service("shop/db"),
        storage_class(),
        node("worker-a", ready="Unknown"),
        node("worker-b", zone="b"),
        claim("shop/data-db-0"),
        claim("shop/data-db-1", spec={"resources": {"requests": {"storage": "20Gi"}}}),
        claim("shop/data-db-3", volume="pv-3"),
        volume("pv-data-db-0", claim="shop/data-db-0", zone="a"),
        volume("pv-data-db-1", claim="shop/data-db-1", zone="b"),
        volume("pv-3", claim="shop/data-db-3", zone="a"),
        pod("shop/db-0", node="worker-a", claims=("data-db-0",), owner="StatefulSet/db"),
        pod("shop/db-1", phase="Pending", node="worker-b", claims=("data-db-1",), owner="StatefulSet/db"),
        attachment("csi-0", volume="pv-data-db-0", node="worker-a"),
        attachment("csi-1", volume="pv-data-db-1", node="worker-a"),
        attachment("csi-2", volume="pv-data-db-1", node="worker-b", attached=False, **refused),
    )


def cell(table: Table[Any], frame: Frame, kind: Kind, name: str, column: str) -> Cell:
    """One cell of one row."""
    record = next(one for key, one in frame.cluster.objects[kind].items() if key.name == name)
    found = table.column(column)
    assert found is not None
    return found.cell(record, frame, NOW)


def shop_frame(*more: Record, **over: Any) -> Frame:
    return frame_of(*shop(), *more, **over)
