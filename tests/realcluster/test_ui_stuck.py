"""What is stuck, and why, on every screen that a person would look at, with the events that kubectl has too."""

import asyncio
import re

import pytest

from tests.realcluster import manifests
from tests.realcluster.driver import Code
from tests.realcluster.lab import Lab
from tests.realcluster.screen import Terminal, terminal

NO_SLOT = "no slot left on this node"
ANOTHER = "Another object has this name now"


async def test_a_missing_class_and_a_refused_attachment_are_told_with_their_events(lab: Lab) -> None:
    lab.driver.faults.set("ControllerPublishVolume", Code.RESOURCE_EXHAUSTED, NO_SLOT)
    for claim, pod, storage_class in (("homeless", "dreamer", "no-such-class"), ("data", "reader", "")):
        lab.add_claim(claim, storage_class=storage_class)
        lab.add_pod(pod, claim)
    async with terminal(lab.kubeconfig(), namespace=lab.namespace) as seen:
        await _until_triage_tells(seen, lab, "homeless", "Class no-such-class does not exist")
        assert seen.says("the cluster has no StorageClass of that name", "#why")
        assert seen.says('storageclass.storage.k8s.io "no-such-class" not found', "#around")
        await _until_triage_tells(seen, lab, "reader", "takes no more volumes of")
        assert seen.says(NO_SLOT, "#why")
        assert seen.says(f"FailedAttachVolume{_times(seen)}", "#around")
        await _until_tables_tell(seen, lab)
        await _until_object_tells(seen, lab, "claim", "homeless")
        await seen.press("escape")
        uid = await _until_object_tells(seen, lab, "pod", "reader")
        before = await _events(lab, uid)
        lab.driver.faults.clear()
        await seen.until_says("SuccessfulAttachVolume", "Started", part="#object-events")
        await seen.until_says("Status Running", part="#object-text")
        assert len(await _until_events_match(seen, lab, uid)) > len(before)
        await seen.press("escape", "1")
        await seen.until(lambda: len(seen.rows("#findings")) == 1, "what has healed is gone from Triage")
        assert seen.row("#findings", WHERE="claim homeless in ")


async def _until_tables_tell(seen: Terminal, lab: Lab) -> None:
    await seen.press("3", "v")
    claim = await seen.until(lambda: seen.row("#claims-table", NAME="homeless"))
    assert (claim["STATE"], claim["HAS"], claim["USED BY"]) == ("Pending", "–", "dreamer")
    await seen.press("5", "v")
    waiting = await seen.until(lambda: seen.row("#pods-table", NAME="dreamer"))
    assert (waiting["STATUS"], waiting["NODE"]) == ("Pending", "–")
    reader = await seen.until(lambda: seen.row("#pods-table", NAME="reader"))
    assert reader["STATUS"] == "ContainerCreating"
    await seen.press("6", "v")
    attachment = await seen.until(lambda: seen.row("#attachments-table", NODE=reader["NODE"]))
    assert attachment["STATE"] == "✖ attach error"


def _times(seen: Terminal) -> str:
    """How often the event happened, as it reads on screen; nothing for once."""
    found = re.search(r"FailedAttachVolume +(×\d+)", "\n".join(seen.part("#around")))
    return found[1] if found else ""


@pytest.mark.disruptive
async def test_a_pod_of_a_dead_node_is_told_until_another_takes_its_name(lab: Lab) -> None:
    node = await asyncio.to_thread(lab.add_node)
    _add_set_on(lab, node)
    await asyncio.to_thread(lab.wait_running, "db-0")
    async with terminal(lab.kubeconfig(), namespace=lab.namespace) as seen:
        uid = await _until_object_tells(seen, lab, "pod", "db-0")
        assert seen.says("Status Running", "#object-text")
        await asyncio.to_thread(lab.cluster.nodes.kill, node)
        await seen.until_says("Terminating", part="#object-text", within_s=90)
        await seen.until_says("NodeNotReady", "Node is not ready", part="#object-events")
        await _until_events_match(seen, lab, uid)
        await seen.press("escape")
        await _until_triage_tells(seen, lab, "db-0", f"Pod cannot end: node {node} does not answer")
        await _until_tables_tell_of_dead_node(seen, node)
        await _until_replaced(seen, lab, uid)


async def _until_tables_tell_of_dead_node(seen: Terminal, node: str) -> None:
    await seen.press("5", "v")
    pod = await seen.until(lambda: seen.row("#pods-table", NAME="db-0"))
    assert (pod["STATUS"], pod["NODE"], pod["NODE STATE"]) == ("Terminating", f"✖ {node}", "✖ not reporting")
    await seen.press("2")
    ordinal = await seen.until(lambda: seen.row("#matrix", POD="db-0"))
    assert (ordinal["PHASE"], ordinal["NODE"]) == ("Terminating", f"✖ {node}")
    assert ordinal["ATTACHED"] == f"✖ {node}"


async def _until_replaced(seen: Terminal, lab: Lab, uid: str) -> None:
    """The screen of the old pod stays the old pod's; only a key leads to the new one."""
    assert await _until_object_tells(seen, lab, "pod", "db-0") == uid
    await lab.kubectl.run("delete", "pod", "db-0", "--force", "--grace-period=0")
    pod = await asyncio.to_thread(lab.wait_pod, "db-0", lambda pod: pod["metadata"]["uid"] != uid, "is another one")
    await seen.until_says(ANOTHER, part="#object-gone")
    assert seen.says(f"uid {uid}", "#object-title")
    assert seen.says("Terminating", "#object-text")
    await seen.press("r")
    await seen.until_says(f"uid {pod['metadata']['uid']}", part="#object-title")
    assert not seen.says(ANOTHER)
    await seen.until_says("Status Pending", part="#object-text")
    await seen.until_says("FailedScheduling", part="#object-events")


def _add_set_on(lab: Lab, node: str) -> None:
    claims = {"data": manifests.claim_spec(lab.storage_class, "1Gi")}
    owner = manifests.stateful_set(lab.namespace, "db", claims, replicas=1, own=lab.namespace)
    owner["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": node}
    lab.create(manifests.headless_service(lab.namespace, "db"))
    lab.create(owner)


async def _until_triage_tells(seen: Terminal, lab: Lab, name: str, what: str) -> None:
    """Filter Triage by a name and see the finding as its row and explained below, beside the true events."""
    await seen.press("1", "escape", "slash")
    await seen.type(name)
    await seen.press("enter")
    kind = "claim" if name == "homeless" else "pod"
    row = await seen.until(lambda: seen.row("#findings", WHERE=f"{kind} {name} in "), f"{name} on Triage")
    assert what in row["WHAT"], row
    record = lab.claim(name) if kind == "claim" else lab.pod(name)
    assert record is not None
    for reason, message in await _events(lab, record["metadata"]["uid"], "type=Warning"):
        await seen.until_says(reason, message, part="#around")
    await seen.press("escape")


async def _until_object_tells(seen: Terminal, lab: Lab, kind: str, name: str) -> str:
    """Open an object's own screen from its table, see the events that kubectl has, and return its uid."""
    record = lab.claim(name) if kind == "claim" else lab.pod(name)
    assert record is not None
    uid = str(record["metadata"]["uid"])
    await seen.press("3" if kind == "claim" else "5", "escape", "slash")
    await seen.type(name)
    await seen.press("enter")
    table = f"#{kind}s-table"
    await seen.until(lambda: [row for row in seen.part(table)[1:] if row and name not in row] == [], f"only {name}")
    await seen.until(lambda: re.search(r" 1 of \d+ ", seen.part("#filter-bar")[0]), "one row that matches")
    await seen.press("enter")
    await seen.until_says(f"{kind} {lab.namespace}/{name}", f"uid {uid}", part="#object-title")
    await _until_events_match(seen, lab, uid)
    return uid


async def _until_events_match(seen: Terminal, lab: Lab, uid: str) -> set[tuple[str, str]]:
    """The Object screen has all events that kubectl has of the object, and no other; new ones may come meanwhile."""
    while True:
        told = await _events(lab, uid)
        await seen.until_says(*(text for event in told for text in event), part="#object-events")
        count = len(await _raw_events(lab, uid))
        if await _events(lab, uid) == told:
            await seen.until_says(f"Events: {count}", part="#events-title")
            return told


async def _raw_events(lab: Lab, uid: str, *fields: str) -> list[dict[str, str]]:
    """An object's events: those of its uid, and those of its name that some reporters give no uid."""
    made = "{.involvedObject.uid}{'\\t'}{.involvedObject.name}{'\\t'}{.reason}{'\\t'}{.message}{'\\n'}"
    chosen = ("--field-selector", ",".join(fields)) if fields else ()
    text = await lab.kubectl.run("get", "events", *chosen, "-o", f"jsonpath={{range .items[*]}}{made}{{end}}")
    rows = [line.split("\t", 3) for line in text.splitlines() if line.count("\t") >= 3]
    names = {row[1] for row in rows if row[0] == uid}
    return [
        {"reason": reason, "message": message}
        for about, name, reason, message in rows
        if about == uid or (not about and name in names)
    ]


async def _events(lab: Lab, uid: str, *fields: str) -> set[tuple[str, str]]:
    """The reasons and messages of an object's events, as kubectl finds them."""
    return {(event["reason"], event["message"]) for event in await _raw_events(lab, uid, *fields)}
