"""expand-claim from the keyboard at 80x24: done, refused by us, by the server and by the driver, and by hand."""

import asyncio
from functools import partial
from pathlib import Path

from tests.realcluster import manifests
from tests.realcluster.acting import EXPANDED_WITHIN_S, TEXT, Desk, desk, shell
from tests.realcluster.driver import Code
from tests.realcluster.lab import Lab
from tests.realcluster.rest import Manifest
from tests.realcluster.waiting import wait_until

NO_SPACE = "the pool has no space left"
CLASS_SAYS_NO = "the storageclass that provisions the pvc must support resize"
CLAIMS = ("grows", "fixed", "stubborn", "by-hand")
EXPAND, GROW_FILES = "ControllerExpandVolume", "NodeExpandVolume"


async def test_a_claim_is_expanded_from_the_keyboard_or_not_at_all(lab: Lab, tmp_path: Path) -> None:
    await asyncio.to_thread(_set_up, lab)
    before = {name: _claim(lab, name)["metadata"]["resourceVersion"] for name in CLAIMS}
    async with desk(lab, tmp_path, "claims") as one:
        await _refused_by_our_guards(one)
        assert one.sent == (0, 0)
        await _refused_by_the_server(one, lab)
        assert one.sent == (1, 0)
        assert {name: _claim(lab, name)["metadata"]["resourceVersion"] for name in CLAIMS} == before
        assert one.journal() == ["outcome"]
        await _expanded(one, lab)
        await _done_by_hand(one, lab)
        await _refused_by_the_driver(one, lab)
    await _without_rights(lab, tmp_path / "others")


async def _refused_by_our_guards(one: Desk) -> None:
    await one.is_told("fixed", "does not allow expansion. If driver")
    await one.opens_plan("grows")
    await one.writes_size("512Mi")
    await one.seen.until_says("is not more than the 1Gi that the claim asks for", "never shrinks", part=TEXT)
    await one.writes_size("98Gi")
    await one.seen.until_says("Quota storage leaves 96Gi of requests.storage (4Gi of 100Gi used)", part=TEXT)
    await one.seen.press("enter", "enter")
    assert not one.seen.says("to approve")


async def _refused_by_the_server(one: Desk, lab: Lab) -> None:
    """A quota that nobody could know of when the plan was made: the dry run finds it."""
    await one.writes_size("2Gi")
    one.wire.before_dry_run = partial(asyncio.to_thread, _add_late_quota, lab)
    await one.approves("grows", has_size=True)
    await one.seen.until_says("Not done", "The server's dry run refused", "exceeded quota: late", part=TEXT)
    await asyncio.to_thread(lab.rest.delete, f"{lab.path('resourcequotas')}/late")
    await one.seen.press("escape")


async def _expanded(one: Desk, lab: Lab) -> None:
    """Approved, followed through its states, seen in the server's own words; the command shown acts no second time."""
    lab.driver.faults.set(EXPAND, Code.OK, seconds=3600)
    lab.driver.faults.set(GROW_FILES, Code.OK, seconds=3600)
    await one.opens_plan("grows")
    await one.writes_size("2Gi")
    await one.seen.until_says("→ 2Gi", "A volume never shrinks")
    plan = one.plan
    await one.approves("grows", has_size=True)
    await one.seen.until_says("accepted; watching", "has 1Gi: the driver's controller is growing the volume", part=TEXT)
    lab.driver.faults.clear(EXPAND)
    await one.seen.until_says("the file system grows when a node mounts the volume", part=TEXT)
    lab.driver.faults.clear(GROW_FILES)
    await one.seen.until_says("✓ Done", "the claim has 2Gi", part=TEXT, within_s=EXPANDED_WITHIN_S)
    assert _claim(lab, "grows")["status"]["capacity"]["storage"] == "2Gi"
    assert one.sent == (2, 1)
    uid, version, size = one.body()
    assert (uid["op"], uid["path"], uid["value"]) == ("test", "/metadata/uid", plan.uid)
    assert (version["op"], version["path"]) == ("test", "/metadata/resourceVersion")
    assert (size["op"], size["path"], size["value"]) == ("replace", "/spec/resources/requests/storage", "2Gi")
    assert one.journal() == ["outcome", "sending", "answered", "outcome"]
    await one.seen.press("escape", "enter", "e")
    await one.seen.until_says("FileSystemResizeSuccessful")
    await one.seen.press("q")


async def _done_by_hand(one: Desk, lab: Lab) -> None:
    """The command that a plan shows has the same effect, once."""
    await one.opens_plan("by-hand")
    await one.writes_size("3Gi")
    await one.seen.until_says("→ 3Gi")
    command = one.plan.kubectl[0]
    await one.seen.press("escape")
    code, output = await shell(command, lab.kubeconfig())
    assert code == 0, output
    await asyncio.to_thread(
        lab.wait_claim, "by-hand", lambda claim: claim["status"]["capacity"]["storage"] == "3Gi", "has grown"
    )
    code, output = await shell(command, lab.kubeconfig())
    assert code != 0, "the version is another one: nothing is done twice"


async def _refused_by_the_driver(one: Desk, lab: Lab) -> None:
    """What the driver says stands in the dialog as it is, which goes on watching."""
    lab.driver.faults.set(EXPAND, Code.INTERNAL, NO_SPACE)
    await one.opens_plan("stubborn")
    await one.writes_size("4Gi")
    await one.approves("stubborn", has_size=True)
    await one.seen.until_says("VolumeResizeFailed", NO_SPACE, part=TEXT)
    assert not one.seen.says("✓ Done")
    lab.driver.faults.clear()
    await one.seen.until_says("✓ Done", "the claim has 4Gi", part=TEXT, within_s=EXPANDED_WITHIN_S)


async def _without_rights(lab: Lab, folder: Path) -> None:
    """Who may only look is told before the key; who may not see classes is told by the server."""
    async with desk(lab, folder / "viewer", "claims", user="viewer") as one:
        await one.is_told("grows", "You may not patch persistentvolumeclaims in")
        assert one.sent == (0, 0)
    version = _claim(lab, "fixed")["metadata"]["resourceVersion"]
    async with desk(lab, folder / "tenant", "claims", user="tenant") as one:
        await one.opens_plan("fixed")
        await one.writes_size("2Gi")
        await one.seen.until_says("the dry run decides: classes cannot be listed", part=TEXT)
        await one.approves("fixed", has_size=True)
        await one.seen.until_says("Not done", "The server's dry run refused", CLASS_SAYS_NO, part=TEXT)
        assert one.sent == (1, 0)
    assert _claim(lab, "fixed")["metadata"]["resourceVersion"] == version


def _set_up(lab: Lab) -> None:
    """Claims of 1Gi that one pod uses, one of them of a class that does not let volumes grow, under a quota."""
    fixed = f"{lab.storage_class}-fixed"
    lab.create(manifests.storage_class(fixed, lab.driver_name, allowVolumeExpansion=False))
    lab.create(manifests.quota(lab.namespace, "storage", {"requests.storage": "100Gi"}))
    for name in CLAIMS:
        lab.add_claim(name, storage_class=fixed if name == "fixed" else "")
    lab.add_pod("user", *CLAIMS)
    lab.wait_running("user")


def _add_late_quota(lab: Lab) -> None:
    lab.create(manifests.quota(lab.namespace, "late", {"requests.storage": "4Gi"}))
    path = lab.path("resourcequotas", "late")
    wait_until(lambda: (lab.rest.get(path) or {}).get("status", {}).get("used"), 30, "the quota is counted")


def _claim(lab: Lab, name: str) -> Manifest:
    found = lab.claim(name)
    assert found is not None
    return found
