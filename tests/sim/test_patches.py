import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.sim.patches import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, merged, patched
from storagetui.sim.refusal import Refusal
from storagetui.sim.resources import named
from storagetui.sim.wire import copied

POD = named("pods")
SNAPSHOT = named("volumesnapshots.snapshot.storage.k8s.io")


def apply(obj: Any, patch: Any, content_type: str = STRATEGIC_PATCH, kind: Any = POD) -> Any:
    return patched(kind, obj, content_type, json.dumps(patch).encode())


@pytest.mark.parametrize(
    ("operations", "result"),
    [
        ([{"op": "add", "path": "/a/-", "value": 4}], {"a": [1, 2, 4], "b": {"c": 3}}),
        ([{"op": "add", "path": "/a/0", "value": 0}], {"a": [0, 1, 2], "b": {"c": 3}}),
        ([{"op": "add", "path": "/b/x~1y~0z", "value": 1}], {"a": [1, 2], "b": {"c": 3, "x/y~z": 1}}),
        ([{"op": "remove", "path": "/a/1"}], {"a": [1], "b": {"c": 3}}),
        ([{"op": "remove", "path": "/b"}], {"a": [1, 2]}),
        ([{"op": "replace", "path": "/b/c", "value": {"d": 1}}], {"a": [1, 2], "b": {"c": {"d": 1}}}),
        ([{"op": "replace", "path": "/a/0", "value": 9}], {"a": [9, 2], "b": {"c": 3}}),
        ([{"op": "move", "from": "/b/c", "path": "/d"}], {"a": [1, 2], "b": {}, "d": 3}),
        ([{"op": "copy", "from": "/a", "path": "/b/c"}], {"a": [1, 2], "b": {"c": [1, 2]}}),
        ([{"op": "test", "path": "/b", "value": {"c": 3}}], {"a": [1, 2], "b": {"c": 3}}),
        ([{"op": "test", "path": "/b/none", "value": None}], {"a": [1, 2], "b": {"c": 3}}),
        ([{"op": "add", "path": "", "value": {"e": 1}}], {"e": 1}),
        ([{"op": "remove", "path": "/a/-1"}], {"a": [1], "b": {"c": 3}}),
    ],
)
def test_json_patches_follow_their_rfc(operations: Any, result: Any) -> None:
    obj = {"a": [1, 2], "b": {"c": 3}}

    assert apply(obj, operations, JSON_PATCH) == result
    assert obj == {"a": [1, 2], "b": {"c": 3}}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/a", "value": 2},
        {"op": "test", "path": "/none", "value": 1},
        {"op": "test", "path": "/none/deeper", "value": None},
        {"op": "remove", "path": "/none"},
        {"op": "replace", "path": "/none", "value": 1},
        {"op": "add", "path": "/none/deeper", "value": 1},
        {"op": "add", "path": "/l/3", "value": 1},
        {"op": "remove", "path": "/l/x"},
        {"op": "add", "path": "/a/b", "value": 1},
        {"op": "spin", "path": "/a"},
        {"op": "add", "path": "a", "value": 1},
        {"path": "/a"},
        {"op": "add", "path": "/a"},
    ],
)
def test_a_json_patch_that_does_not_fit_fails_as_a_whole(operation: Any) -> None:
    obj = {"a": 1, "l": [1]}

    with pytest.raises(Refusal) as error:
        apply(obj, [{"op": "replace", "path": "/a", "value": 1}, operation], JSON_PATCH)

    assert error.value.status() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "the server rejected our request due to an error in our request",
        "reason": "Invalid",
        "details": {},
        "code": 422,
    }


def test_merge_patches_follow_their_rfc() -> None:
    obj = {"a": "b", "c": {"d": "e", "f": "g"}, "l": [1, 2]}

    assert apply(obj, {"a": "z", "c": {"f": None}, "l": [3], "n": {"x": None, "y": 1}}, MERGE_PATCH) == {
        "a": "z",
        "c": {"d": "e"},
        "l": [3],
        "n": {"y": 1},
    }


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abc"), values), st.dictionaries(st.sampled_from("abc"), values))
def test_applying_a_merge_patch_twice_changes_nothing_more(obj: Any, patch: Any) -> None:
    once = merged(copied(obj), patch)

    assert merged(copied(once), patch) == once


CONTAINERS = {"spec": {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}]}}


@pytest.mark.parametrize(
    ("patch", "result"),
    [
        ([{"name": "b", "image": "3"}], [{"name": "a", "image": "1"}, {"name": "b", "image": "3"}]),
        ([{"name": "c"}], [{"name": "c"}, {"name": "a", "image": "1"}, {"name": "b", "image": "2"}]),
        ([{"name": "a", "$patch": "delete"}], [{"name": "b", "image": "2"}]),
        ([{"name": "c"}, {"$patch": "replace"}], [{"name": "c"}]),
        ([{"name": "b", "image": None}], [{"name": "a", "image": "1"}, {"name": "b"}]),
        ([{"name": "b", "$patch": "replace", "env": []}], []),
    ],
)
def test_lists_of_objects_are_merged_by_their_key(patch: Any, result: Any) -> None:
    assert apply(CONTAINERS, {"spec": {"containers": patch}})["spec"]["containers"] == result


def test_an_order_can_be_asked_for() -> None:
    order = {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}

    alone = apply(CONTAINERS, {"spec": order})
    with_change = apply(CONTAINERS, {"spec": {**order, "containers": [{"name": "a", "image": "9"}]}})

    assert [item["name"] for item in alone["spec"]["containers"]] == ["b", "a"]
    assert with_change["spec"]["containers"] == [{"name": "b", "image": "2"}, {"name": "a", "image": "9"}]


def test_conditions_addresses_and_ports_have_their_own_keys() -> None:
    node = {
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "addresses": [{"type": "Hostname", "address": "n"}],
        }
    }
    changed = apply(node, {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}, kind=named("nodes"))
    service = {"spec": {"ports": [{"port": 1, "name": "a"}]}}
    ported = apply(service, {"spec": {"ports": [{"port": 1, "name": "b"}]}}, kind=named("services"))

    assert changed["status"]["conditions"] == [{"type": "Ready", "status": "False"}]
    assert ported["spec"]["ports"] == [{"port": 1, "name": "b"}]


def test_finalizers_are_joined_and_taken_out_one_by_one() -> None:
    obj = {"metadata": {"finalizers": ["a/b", "c/d"]}}

    joined = apply(obj, {"metadata": {"finalizers": ["e/f"]}})
    without = apply(obj, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a/b"]}})

    assert sorted(joined["metadata"]["finalizers"]) == ["a/b", "c/d", "e/f"]
    assert without["metadata"]["finalizers"] == ["c/d"]


def test_lists_without_a_key_are_replaced() -> None:
    obj = {"spec": {"tolerations": [{"key": "a"}], "volumes": [{"name": "v", "emptyDir": {}}]}}

    changed = apply(
        obj,
        {
            "spec": {
                "tolerations": [{"key": "b"}],
                "volumes": [{"name": "v", "$retainKeys": ["name", "secret"], "secret": {}}],
            }
        },
    )

    assert changed["spec"] == {"tolerations": [{"key": "b"}], "volumes": [{"name": "v", "secret": {}}]}


def test_a_map_can_be_replaced_or_emptied() -> None:
    obj = {"spec": {"nodeSelector": {"a": "b", "c": "d"}}}

    assert apply(obj, {"spec": {"nodeSelector": {"$patch": "replace", "x": "y"}}})["spec"]["nodeSelector"] == {"x": "y"}
    assert apply(obj, {"spec": {"nodeSelector": None}})["spec"] == {}


def test_a_list_item_without_its_key_is_refused() -> None:
    with pytest.raises(Refusal, match="does not contain declared merge key: name"):
        apply(CONTAINERS, {"spec": {"containers": [{"image": "x"}]}})


@pytest.mark.parametrize(
    ("content_type", "kind", "code"),
    [
        ("application/apply-patch+yaml", POD, 415),
        ("application/json", POD, 415),
        (STRATEGIC_PATCH, SNAPSHOT, 415),
        ("", POD, 415),
    ],
)
def test_other_kinds_of_patch_are_not_taken(content_type: str, kind: Any, code: int) -> None:
    with pytest.raises(Refusal) as error:
        apply({}, {}, content_type, kind)

    assert error.value.code == code


@pytest.mark.parametrize(
    ("content_type", "body"), [(JSON_PATCH, b"{"), (JSON_PATCH, b"{}"), (MERGE_PATCH, b"[1]"), (STRATEGIC_PATCH, b"3")]
)
def test_what_is_no_patch_is_a_bad_request(content_type: str, body: bytes) -> None:
    with pytest.raises(Refusal) as error:
        patched(POD, {}, content_type, body)

    assert error.value.code == 400
