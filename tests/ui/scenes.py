"""Frames that several tests look at."""

from datetime import datetime

from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.change import Feed, FeedHealth
from storagetui.model.namespaces import Namespace
from tests.build import (
    NOW,
    attachment,
    build,
    claim,
    event,
    frame_of,
    live_feeds,
    node,
    pod,
    stateful_set,
    storage_class,
    volume,
)


def namespace(name: str) -> Namespace:
    return build(Namespace, name, {"status": {"phase": "Active"}}, {})


def shop() -> list[Record]:
    """A set of three with a claim left behind, one ordinal of which waits; and claims of a set that is gone."""
    records: list[Record] = [stateful_set("shop/postgres", replicas=3, ready=2), storage_class("fast")]
    records += [node(f"node-{number}", zone="abc"[number]) for number in range(3)]
    records += [namespace(name) for name in ("shop", "old", "ci")]
    for number in range(4):
        waits = number == 2
        records.append(claim(f"shop/data-postgres-{number}", phase="Pending" if waits else "Bound"))
        if not waits:
            zone = "abc"[number % 3]
            records.append(volume(f"pv-data-postgres-{number}", claim=f"shop/data-postgres-{number}", zone=zone))
        if number < 3:
            records.append(
                pod(
                    f"shop/postgres-{number}",
                    claims=(f"data-postgres-{number}",),
                    owner="StatefulSet/postgres",
                    node=f"node-{number}",
                    phase="Pending" if waits else "Running",
                )
            )
    records += [
        attachment(f"csi-{number}", volume=f"pv-data-postgres-{number}", node=f"node-{number}") for number in range(2)
    ]
    records += [claim(f"old/data-mysql-{number}") for number in range(2)]
    waiting = next(one for one in records if one.name == "data-postgres-2")
    records.append(event(waiting, "ProvisioningFailed", 'storageclass "fast" is out of space', count=4))
    return records


def waiting_claim(records: list[Record]) -> Finding:
    """The finding about the claim that waits."""
    subject = next(one for one in records if one.name == "data-postgres-2")
    return Finding(
        code="claim-pending",
        title="Nothing makes the volume of data-postgres-2",
        severity=Severity.HIGH,
        certainty=Certainty.CONFIRMED,
        subject=subject.key,
        uid=subject.uid,
        since=NOW,
        explanation="The driver is out of space, so that the pod waits.",
        next_step="Free space, or take another class.",
        evidence=(evidence(subject, "phase"),),
        victims=(next(one for one in records if one.name == "postgres-2").key,),
    )


def shop_frame(
    *more: Record, at: datetime = NOW, feeds: dict[Feed, FeedHealth] | None = None, number: int = 1
) -> Frame:
    """All of it, as a Frame."""
    records = shop()
    findings = (waiting_claim(records),)
    return frame_of(*records, *more, at=at, feeds=feeds, findings=findings, number=number)


def feeds_but(*but: FeedHealth) -> dict[Feed, FeedHealth]:
    """Every kind live, except what is given."""
    return live_feeds(*but)
