"""The commands without a screen, as a script calls them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from storagetui.cli import main
from storagetui.diagnosis.catalog import STATES
from storagetui.diagnosis.unseen import UNSEEN

NOW = "2026-01-15T14:05:00Z"
DUMP = """
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata: {name: data-0, namespace: shop, uid: uid-claim, creationTimestamp: "2026-01-15T14:00:00Z"}
  spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}
  status: {phase: Pending}
- apiVersion: v1
  kind: Pod
  metadata: {name: db-0, namespace: shop, uid: uid-pod, creationTimestamp: "2026-01-15T14:00:00Z"}
  spec: {volumes: [{name: data, persistentVolumeClaim: {claimName: data-0}}], containers: [{name: db}]}
  status:
    phase: Pending
    conditions:
    - type: PodScheduled
      status: "False"
      reason: Unschedulable
      message: "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."
      lastTransitionTime: "2026-01-15T14:00:00Z"
---
{"apiVersion": "storage.k8s.io/v1", "kind": "StorageClassList", "items": []}
---
{"apiVersion": "v1", "kind": "PersistentVolumeList", "items": []}
"""
CALM = '{"apiVersion": "v1", "kind": "PersistentVolumeClaimList", "items": []}'


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """A claim of a class that does not exist, and the pod that waits for it."""
    path = tmp_path / "dump.yaml"
    path.write_text(DUMP)
    return path


def run(*arguments: object, stdin: str = "") -> Result:
    """Run the command line."""
    return CliRunner().invoke(main, [str(one) for one in arguments], input=stdin)


def report(*arguments: object, stdin: str = "") -> Any:
    """What `report -o json` prints."""
    done = run("report", *arguments, "-o", "json", stdin=stdin)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_report_as_json_names_the_cause_first_and_what_follows_under_it(dump: Path) -> None:
    made = report("--from", dump, "--now", NOW)
    cause, follower = made["findings"]
    assert cause["code"] == "pvc-storageclass-missing"
    assert (cause["severity"], cause["certainty"], cause["root"], cause["calm"]) == ("high", "confirmed", True, False)
    assert cause["subject"] == {
        "kind": "PersistentVolumeClaim",
        "namespace": "shop",
        "name": "data-0",
        "uid": "uid-claim",
    }
    assert [one["name"] for one in cause["victims"]] == ["db-0"]
    assert cause["since"] == "2026-01-15T14:00:00Z"
    assert "1Gi RWO class fast" in cause["explanation"]
    assert {"spec.storageClassName": "fast", "status.phase": "Pending"}.items() <= {
        one["field"]: one["value"] for one in cause["evidence"]
    }.items()
    assert all(isinstance(one, str) and one for one in cause["remedies"])
    assert (follower["code"], follower["root"]) == ("sched-unbound-immediate", False)
    assert [one["name"] for one in follower["causes"]] == ["data-0"]
    assert made["feeds"]["StorageClass"] == {"state": "listed", "objects": 0, "set_aside": 0, "message": ""}
    assert "Node" not in made["feeds"]
    assert made["at"] == NOW


def test_standard_input_and_a_folder_are_read_too(dump: Path) -> None:
    findings = report("--from", dump, "--now", NOW)["findings"]
    assert report("--from", "-", "--now", NOW, stdin=DUMP)["findings"] == findings
    assert report("--from", dump.parent, "--now", NOW)["findings"] == findings


def test_the_time_decides(dump: Path) -> None:
    assert report("--from", dump, "--now", "2026-01-15T14:00:05Z")["findings"] == []
    assert report("--from", dump, "--now", "2026-01-15T15:05:00+01:00")["findings"] != []


def test_a_namespace_alone(dump: Path) -> None:
    assert len(report("--from", dump, "-n", "shop")["findings"]) == 2
    assert report("--from", dump, "-n", "other")["findings"] == []
    assert len(report("--from", dump, "-n", "other,shop")["findings"]) == 2
    assert "namespaces other, shop" in run("report", "--from", dump, "-n", "other,shop").stdout


@pytest.mark.parametrize(
    ("fail_on", "code"), [("critical", 0), ("high", 3), ("medium", 3), ("low", 3)], ids=lambda value: str(value)
)
def test_the_exit_code_tells_how_bad_it_is(dump: Path, fail_on: str, code: int) -> None:
    assert run("report", "--from", dump, "--now", NOW, "--fail-on", fail_on).exit_code == code


def test_the_report_as_text_and_as_markdown(dump: Path) -> None:
    text = run("report", "--from", dump, "--now", NOW).stdout
    assert "✖ high · Class fast does not exist [pvc-storageclass-missing]" in text
    assert "claim shop/data-0, for 5m (confirmed); hit: 1 pod · 1 claim" in text
    assert "Not in the dump, and so not judged: attachments, sets, nodes" in text
    page = run("report", "--from", dump, "--now", NOW, "-o", "markdown").stdout
    assert "| ✖ high | Class fast does not exist | claim shop/data-0 | 1 pod · 1 claim | 5m |" in page
    assert "## Class fast does not exist" in page


def test_each_file_of_a_folder_gives_a_line(dump: Path) -> None:
    (dump.parent / "broken.yaml").write_text("foo: [")
    (dump.parent / "calm.json").write_text(CALM)
    done = run("report", "--from", dump.parent, "--each", "--now", NOW)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["file"] for line in lines] == ["broken.yaml", "calm.json", "dump.yaml"]
    assert [len(line["findings"]) for line in lines] == [0, 0, 2]
    assert "neither JSON nor YAML" in lines[0]["error"]
    assert lines[2]["findings"] == report("--from", dump, "--now", NOW)["findings"]
    assert done.exit_code == 1


def test_one_object_is_explained_with_what_it_waits_for(dump: Path) -> None:
    text = run("explain", "pod/db-0", "--from", dump, "--now", NOW).stdout
    assert "pod db-0" in text
    assert "✖ high · Class fast does not exist [pvc-storageclass-missing]: claim shop/data-0" in text
    assert "Evidence" in text
    made = json.loads(run("explain", "po/db-0", "--from", dump, "--now", NOW, "-o", "json").stdout)
    assert [one["code"] for one in made["findings"]] == ["pvc-storageclass-missing", "sched-unbound-immediate"]
    assert "# pod shop/db-0" in run("explain", "pods/db-0", "--from", dump, "-o", "markdown").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("explain", "pod/none"), "there is no Pod none"),
        (("explain", "pod/db-0", "-n", "other"), "there is no Pod db-0 in other"),
        (("explain", "node/a"), "there is no Node a: nodes are not read here"),
        (("explain", "db-0"), "write KIND/NAME"),
        (("explain", "thing/db-0"), "write KIND/NAME"),
    ],
)
def test_an_object_that_is_not_there_is_told(dump: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(*arguments, "--from", dump)
    assert done.exit_code == 1
    assert words in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("report", "--each"), "name it with --from"),
        (("report", "--now", NOW), "--now is for dumps"),
        (("report", "--from", "x", "--now", "yesterday"), "is no time"),
        (("report", "--from", "x", "-o", "xml"), "Invalid value"),
    ],
)
def test_a_wrong_option_is_told(arguments: tuple[str, ...], words: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr


def test_a_file_that_is_not_there_is_told() -> None:
    done = run("report", "--from", "/nowhere/dump.yaml")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "storagetui: /nowhere/dump.yaml cannot be read" in done.stderr


def test_the_catalogue_lists_every_state_and_tells_all_about_one() -> None:
    lines = run("rules").stdout.splitlines()
    assert len(lines) == len(STATES)
    whole = run("rules", "pvc-storageclass-missing").stdout
    assert STATES["pvc-storageclass-missing"].remedies[0] in whole
    (made,) = json.loads(run("rules", "pvc-storageclass-missing", "-o", "json").stdout)
    assert (made["code"], made["subject"]) == ("pvc-storageclass-missing", "PersistentVolumeClaim")
    assert "### pvc-lost" in run("rules", "-o", "markdown").stdout


def test_a_code_that_is_not_known_is_told_with_those_near_it() -> None:
    done = run("rules", "pvc-lo")
    assert done.exit_code == 1
    assert "there are pvc-lost" in done.stderr


def test_the_page_of_the_catalogue_is_what_the_command_prints() -> None:
    page = Path(__file__).parent.parent / "docs" / "rules.md"
    assert page.read_text(encoding="utf-8") == run("rules", "-o", "markdown").stdout, "run `make docs`"


def test_what_cannot_be_seen_is_said_of_states_that_there_are() -> None:
    assert UNSEEN.keys() <= STATES.keys()
    assert "Limits" in run("rules", "volume-full").stdout


def test_a_workload_is_explained_with_what_hits_its_pods(tmp_path: Path) -> None:
    owner = {"kind": "StatefulSet", "name": "db", "uid": "uid-set", "controller": True}
    documents = list(yaml.safe_load_all(DUMP))
    documents[0]["items"][1]["metadata"]["ownerReferences"] = [owner]
    metadata = {"name": "db", "namespace": "shop", "uid": "uid-set", "creationTimestamp": "2026-01-15T14:00:00Z"}
    documents[0]["items"].append(
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": {"replicas": 1}}
    )
    (tmp_path / "set.yaml").write_text(yaml.safe_dump_all(documents))
    made = json.loads(run("explain", "sts/db", "--from", tmp_path / "set.yaml", "--now", NOW, "-o", "json").stdout)
    assert "pvc-storageclass-missing" in [one["code"] for one in made["findings"]]
