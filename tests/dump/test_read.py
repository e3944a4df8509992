import io
import json
import sys
from pathlib import Path, PurePath
from types import SimpleNamespace

import pytest

from storagetui.dump.read import place, read
from storagetui.errors import DumpError
from storagetui.model.change import Feed
from storagetui.model.keys import Key, Kind
from tests.dump.test_contents import CLAIM, POD, named


def write(path: Path, *documents: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n---\n".join(json.dumps(one) for one in documents))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("pods.json", ("", False)),
        ("nodes.json", ("", False)),
        ("shop/pods.json", ("shop", False)),
        ("shop/db-0/logs.txt", ("", False)),
        ("namespaces/shop/core/pods.yaml", ("shop", False)),
        ("q/namespaces/shop/core/persistentvolumeclaims.yaml", ("shop", False)),
        ("namespaces/shop/pods/db-0/db-0.yaml", ("shop", False)),
        ("namespaces/shop/snapshot.storage.k8s.io/volumesnapshots/a.yaml", ("shop", True)),
        ("cluster-scoped-resources/core/persistentvolumes/pv-1.yaml", ("", True)),
        ("cluster-scoped-resources/storage.k8s.io/storageclasses.yaml", ("", False)),
    ],
)
def test_the_place_of_a_file_tells(path: str, expected: tuple[str, bool]) -> None:
    assert place(PurePath(path)) == expected


def test_a_folder_as_cluster_info_dump_writes_it(tmp_path: Path) -> None:
    write(tmp_path / "nodes.json", {"kind": "NodeList", "apiVersion": "v1", "items": [named("Node", "node-a")]})
    write(tmp_path / "shop" / "pods.json", {"kind": "PodList", "apiVersion": "v1", "items": [POD]})
    write(tmp_path / "shop" / "events.json", {"kind": "EventList", "apiVersion": "v1", "items": None})
    (tmp_path / "shop" / "db-0").mkdir()
    (tmp_path / "shop" / "db-0" / "logs.txt").write_text('{"kind": "Pod"}')
    made = read(str(tmp_path))
    assert made.records.keys() == {Key(Kind.NODE, "", "node-a"), Key(Kind.POD, "shop", "db-0")}
    assert made.listed == {Feed(Kind.NODE), Feed(Kind.POD, "shop"), Feed(Kind.EVENT, "shop")}


def test_a_must_gather(tmp_path: Path) -> None:
    root = tmp_path / "registry-example" / "namespaces" / "shop"
    write(root / "core" / "persistentvolumeclaims.yaml", {"kind": "List", "apiVersion": "v1", "items": [CLAIM]})
    write(root / "pods" / "db-0" / "db-0.yaml", POD)
    classes = tmp_path / "registry-example" / "cluster-scoped-resources" / "storage.k8s.io" / "storageclasses"
    write(classes / "fast.yaml", named("StorageClass", "fast", group="storage.k8s.io/v1"))
    made = read(str(tmp_path))
    assert made.listed == {Feed(Kind.PERSISTENT_VOLUME_CLAIM, "shop"), Feed(Kind.STORAGE_CLASS)}
    assert made.single == {Kind.POD}


def test_one_broken_file_of_a_folder_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("foo: [")
    write(tmp_path / "b.json", POD)
    made = read(str(tmp_path))
    assert len(made.records) == 1
    assert made.problems[0].startswith(f"{tmp_path / 'a.yaml'}: a part is neither")


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps({"kind": "PodList", "apiVersion": "v1", "items": [POD]}).encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    assert read("-").listed == {Feed(Kind.POD)}


@pytest.mark.parametrize("text", ["", "hello", '{"kind": "Secret"}', "foo: ["])
def test_a_file_without_objects_is_told_with_what_would_be_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "dump"
    file.write_text(text)
    with pytest.raises(DumpError, match="holds no objects of Kubernetes that matter"):
        read(str(file))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="cannot be read: No such file"):
        read(str(tmp_path / "gone"))


def test_the_latest_moment_and_the_files_date_are_known(tmp_path: Path) -> None:
    late = {**POD, "status": {"startTime": "2026-01-15T14:02:11Z"}}
    write(tmp_path / "a.json", late)
    made = read(str(tmp_path / "a.json"))
    assert made.latest is not None
    assert made.latest.isoformat() == "2026-01-15T14:02:11+00:00"
    assert made.written is not None
    assert made.written > made.latest
