"""Sets on screen: the matrix of one that rolls out, what a smaller one leaves behind, and what a deleted one does."""

import asyncio
from functools import partial

from tests.realcluster.driver import Code
from tests.realcluster.lab import Lab
from tests.realcluster.rest import Manifest
from tests.realcluster.screen import Terminal, terminal

MATRIX = "#matrix"
HOUR_S = 3600


async def test_a_set_rolls_out_on_screen_and_what_it_leaves_behind_stays(lab: Lab) -> None:
    faults = lab.driver.faults
    for call in ("CreateVolume", "ControllerPublishVolume"):
        faults.set(call, Code.OK, seconds=HOUR_S)
    lab.add_set("db", {"data": "1Gi", "logs": "2Gi"})
    async with terminal(lab.kubeconfig(), screen="sets", namespace=lab.namespace) as seen:
        await _until_rolled_out(seen, lab)
        await asyncio.to_thread(lab.add_set, "web", {"www": "1Gi"}, replicas=1)
        await _compare_with_the_cluster(seen, lab)
        await lab.kubectl.run("scale", "statefulset/db", "--replicas=2")
        await _until_two_is_left_behind(seen)
        await asyncio.to_thread(lab.wait_running, "web-0")
        await _until_sets_leave_their_claims(seen, lab)


async def _until_rolled_out(seen: Terminal, lab: Lab) -> None:
    """Hold the rollout where it makes, and where it attaches volumes, and see what the matrix says there."""
    faults, shows = lab.driver.faults, partial(_until_shows, seen)
    await shows(0, {"POD": "db-0 blocks #1–#2", "PHASE": "Pending", "CLAIM data": "Pending", "CLAIM logs": "Pending"})
    await shows(1, {"POD": "db-1", "PHASE": "waits for #0", "CLAIM data": "no claim", "CLAIM logs": "no claim"})
    await shows(2, {"POD": "db-2", "PHASE": "waits for #0"})
    faults.clear("CreateVolume")
    await shows(0, {"PHASE": "ContainerCreating", "CLAIM data": "Bound", "CLAIM logs": "Bound"})
    node = lab.wait_pod("db-0", lambda pod: "nodeName" in pod["spec"], "scheduled")["spec"]["nodeName"]
    await shows(0, {"NODE": node, "ATTACHED": f"{node} attaching"})
    faults.set("CreateVolume", Code.OK, seconds=HOUR_S)
    faults.clear("ControllerPublishVolume")
    await shows(0, {"POD": "db-0", "PHASE": "Running ready", "ATTACHED": node, "ATTACHED 2": node})
    await shows(1, {"POD": "db-1 blocks #2", "PHASE": "Pending", "CLAIM data": "Pending", "CLAIM logs": "Pending"})
    await shows(2, {"POD": "db-2", "PHASE": "waits for #1", "CLAIM data": "no claim"})
    assert seen.says("3 wanted, 1 ready")
    faults.clear()
    for ordinal in range(3):
        await shows(ordinal, {"POD": f"db-{ordinal}", "PHASE": "Running ready", "CLAIM data": "Bound"})
    await seen.until_says("3 wanted, 3 ready")
    assert not seen.says("blocks")


async def _compare_with_the_cluster(seen: Terminal, lab: Lab) -> None:
    """Each ordinal's row in full, as the copy key takes it, against what the API server says."""
    await seen.press("tab")
    for ordinal in range(3):
        await seen.press("home", *["down"] * ordinal, "c")
        await seen.until_says("Copied")
        assert [line for line in seen.part("#reading-text") if ": " in line] == await asyncio.to_thread(
            _truth, lab, ordinal
        )
        await seen.press("escape")
    await seen.press("tab")


def _truth(lab: Lab, ordinal: int) -> list[str]:
    pod = lab.wait_pod(f"db-{ordinal}", lambda pod: True, "exists")
    row = [f"#: {ordinal}", f"POD: db-{ordinal}", "PHASE: Running ready", f"NODE: {pod['spec']['nodeName']}"]
    for template in ("data", "logs"):
        volume = lab.volume_of(f"{template}-db-{ordinal}")
        assert volume is not None
        name = volume["metadata"]["name"]
        row += [f"CLAIM {template}: Bound", f"SIZE: {volume['spec']['capacity']['storage']}", f"VOLUME: {name}"]
        row += [f"ZONE: {_zone(volume)}", f"ATTACHED: {_node_of(lab, name)}"]
    return [*row, "DRIFT: –", f"DNS NAME: db-{ordinal}.db.{lab.namespace}.svc"]


def _zone(volume: Manifest) -> str:
    [term] = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    [zone] = term["matchExpressions"][0]["values"]
    return str(zone)


def _node_of(lab: Lab, volume: str) -> str:
    [found] = [one for one in lab.attachments() if one["spec"]["source"]["persistentVolumeName"] == volume]
    assert found["status"]["attached"]
    return str(found["spec"]["nodeName"])


async def _until_two_is_left_behind(seen: Terminal) -> None:
    left = "Bound, left behind"
    await _until_shows(seen, 2, {"POD": "(beyond replicas)", "PHASE": "no pod", "CLAIM data": left, "CLAIM logs": left})
    await _until_shows(seen, 1, {"POD": "db-1", "PHASE": "Running ready", "CLAIM data": "Bound", "CLAIM logs": "Bound"})
    await seen.until_says("2 wanted, 2 ready", "2 claims left behind", part="#set-title")
    assert seen.row("#sets-table", NAME="db", **{"LEFT BEHIND": "2"})


async def _until_sets_leave_their_claims(seen: Terminal, lab: Lab) -> None:
    """Delete one set that keeps its pods, and one as a whole; while pods use the claims, nobody has left them."""
    await lab.kubectl.run("delete", "statefulset/db", "--cascade=orphan")
    await lab.kubectl.run("delete", "statefulset/web")
    await seen.until_says(f"There are no sets in namespace {lab.namespace}", "3 groups of claims without a set")
    await seen.press("o")
    await seen.until_says("Claims left behind by sets that are gone", f"{lab.namespace}/www-web: 1 claim without a set")
    assert seen.says(f"{lab.namespace}/data-db: 1 claim without a set")
    await lab.kubectl.run("delete", "pods", "--all")
    for template in ("data", "logs"):
        await seen.until_says(f"{lab.namespace}/{template}-db: 3 claims without a set (inferred)")
    for name in [*(f"{one}-db-{number}" for one in ("data", "logs") for number in range(3)), "www-web-0"]:
        volume = lab.volume_of(name)
        assert volume is not None
        row = await seen.until(partial(seen.row, MATRIX, CLAIM=name), name)
        assert (row["STATE"], row["VOLUME"]) == ("Bound", volume["metadata"]["name"])
    await seen.until(lambda: all(row["ATTACHED"] in ("", "–") for row in seen.rows(MATRIX)), "all are let go")
    await seen.press("3")
    await seen.until_says("data-db-2", "www-web-0")


async def _until_shows(seen: Terminal, ordinal: int, cells: dict[str, str]) -> None:
    """Wait until the matrix's row of an ordinal has these cells."""
    row = partial(seen.row, MATRIX, **{"#": str(ordinal)})
    await seen.until(lambda: cells.items() <= (row() or {}).items(), lambda: f"{cells} in {row()}")
