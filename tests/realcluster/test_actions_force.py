"""force-delete-pod from the keyboard at 80x24, on a node that is killed: offered late, done once, followed on."""

import asyncio
from pathlib import Path

import pytest

from storagetui.actions.plan import Approval, Plan, approve
from storagetui.actions.run import Outcome
from tests.realcluster import manifests
from tests.realcluster.acting import TEXT, Desk, desk, shell
from tests.realcluster.lab import Lab
from tests.realcluster.rest import Manifest, path_of
from tests.waiting import frame_with

PODS = ("db-0", "db-1", "db-2")
GONE_WITHIN_S = 120.0
"""Until the node is not Ready and its kubelet's lease is old."""
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"


@pytest.mark.disruptive
async def test_a_pod_of_a_dead_node_is_forced_away_and_no_other(lab: Lab, tmp_path: Path) -> None:
    node = await asyncio.to_thread(lab.add_node)
    await asyncio.to_thread(_add_set_on, lab, node)
    async with desk(lab, tmp_path, "pods") as one:
        await one.is_told("db-0", "The pod is not being deleted. Delete it the usual way first")
        await asyncio.to_thread(lab.cluster.nodes.kill, node)
        await lab.kubectl.run("delete", "pods", *PODS, "--grace-period=1", "--wait=false")
        await one.is_told("db-0", f"Node {node} is Ready: its kubelet still answers for the pod")
        await one.is_told("db-0", "is not Ready, but its kubelet still renews its lease")
        plan = await _recreated_under_the_dialog(one, lab)
        await _old_approval(one, lab, plan)
        assert one.sent == (0, 0)
        await _done_by_hand(one, lab)
        await _forced(one, lab, node)
        await _followed_to_the_end(one, lab, node)
    assert one.journal() == ["outcome", "sending", "answered", "outcome"]


async def _recreated_under_the_dialog(one: Desk, lab: Lab) -> Plan:
    """Somebody else forces the pod away while its dialog is open: the new one of the name is left alone."""
    await one.opens_plan("db-1", within_s=GONE_WITHIN_S)
    await one.seen.until_says("You vouch that its containers no longer run", "Set db makes db-1 again", part=TEXT)
    await one.seen.press("pagedown", "pagedown")
    await one.seen.until_says("has stopped renewing its lease", "condition Ready is Unknown", part=TEXT)
    plan = one.plan
    await lab.kubectl.run("delete", "pod", "db-1", "--force", "--grace-period=0")
    await _until_replaced(lab, "db-1", plan.uid)
    await one.seen.until_says("It was made again under the same name", part=TEXT)
    await one.seen.press(*"db-1", "enter", "escape")
    return plan


async def _old_approval(one: Desk, lab: Lab, plan: Plan) -> None:
    """Not even an approval that was given for the old pod touches the new one."""
    new = _pod(lab, "db-1")["metadata"]["uid"]
    approval = approve(plan, "db-1")
    assert isinstance(approval, Approval)
    run_id = one.session.act(approval)
    await frame_with(one.session, lambda _: (run := one.session.runs.find(run_id)) and run.outcome)
    run = one.session.runs.find(run_id)
    assert run is not None
    assert run.outcome in (Outcome.REFUSED, Outcome.CHANGED)
    assert _pod(lab, "db-1")["metadata"]["uid"] == new
    assert "deletionTimestamp" not in _pod(lab, "db-1")["metadata"]


async def _done_by_hand(one: Desk, lab: Lab) -> None:
    """The command that a plan shows has the same effect, once."""
    await one.opens_plan("db-2")
    await one.seen.until_says("Type db-2 to approve")
    plan = one.plan
    await one.seen.press("escape")
    code, output = await shell(plan.kubectl[0], lab.kubeconfig())
    assert code == 0, output
    new = await _until_replaced(lab, "db-2", plan.uid)
    code, output = await shell(plan.kubectl[0], lab.kubeconfig())
    assert code != 0
    assert "precondition" in output, "the old command does not touch the new pod"
    assert _pod(lab, "db-2")["metadata"]["uid"] == new


async def _forced(one: Desk, lab: Lab, node: str) -> None:
    """Approved, sent once with both preconditions, and what holds the new pod back is on the screen."""
    old = _pod(lab, "db-0")["metadata"]
    await one.opens_plan("db-0")
    await one.approves("db-0")
    volume = lab.volume_of("data-db-0")
    assert volume is not None
    held = f"{volume['metadata']['name']} is still attached to {node}"
    await one.seen.until_says("it is gone", "it was made again on node-0 and waits", held, part=TEXT)
    await _until_replaced(lab, "db-0", old["uid"])
    assert one.sent == (1, 1)
    body = one.body()
    assert body["preconditions"] == {"uid": old["uid"], "resourceVersion": old["resourceVersion"]}
    assert body["gracePeriodSeconds"] == 0
    await one.seen.press("escape")
    await one.seen.press("A")
    await one.seen.until_says("Force-delete pod", "under way", part="#journal-runs")
    await one.seen.press("escape")


async def _followed_to_the_end(one: Desk, lab: Lab, node: str) -> None:
    """With the node marked out of service its volumes are let go at once, and the run ends with the pod running."""
    await lab.cluster.kubectl().run("taint", "nodes", node, OUT_OF_SERVICE)
    await one.seen.until(lambda: any(run.outcome is Outcome.DONE for run in one.session.runs.all()), "done", 90.0)
    await one.seen.until_says("Done: Force-delete pod")
    assert _pod(lab, "db-0")["spec"]["nodeName"] == "node-0"
    assert _pod(lab, "db-0")["status"]["phase"] == "Running"


def _add_set_on(lab: Lab, node: str) -> None:
    """Three pods on the node; what replaces them may go elsewhere in its zone."""
    claims = {"data": manifests.claim_spec(lab.storage_class, "1Gi")}
    fields: Manifest = {"podManagementPolicy": "Parallel", "updateStrategy": {"type": "OnDelete"}}
    owner = manifests.stateful_set(lab.namespace, "db", claims, own=lab.namespace, **fields)
    owner["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": node}
    lab.create(manifests.headless_service(lab.namespace, "db"))
    lab.create(owner)
    lab.wait_running(*PODS)
    lab.rest.merge(path_of(owner), {"spec": {"template": {"spec": {"nodeSelector": None}}}})


async def _until_replaced(lab: Lab, name: str, uid: str) -> str:
    found = await asyncio.to_thread(
        lab.wait_pod, name, lambda pod: bool(pod["metadata"]["uid"] != uid), "is another one"
    )
    return str(found["metadata"]["uid"])


def _pod(lab: Lab, name: str) -> Manifest:
    found = lab.pod(name)
    assert found is not None
    return found
