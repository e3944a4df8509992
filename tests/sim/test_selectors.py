import pytest

from storagetui.sim import selectors
from storagetui.sim.refusal import Refusal
from storagetui.sim.resources import named

LABELS = {"app": "db", "tier": "a", "rank": "7"}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True),
        ("app=db", True),
        ("app==db,tier=a", True),
        ("app=web", False),
        ("app!=web", True),
        ("missing!=x", True),
        ("app", True),
        ("missing", False),
        ("!missing", True),
        ("! app", False),
        ("app in (db, web)", True),
        ("app notin (db,web)", False),
        ("missing notin (a)", True),
        ("missing in (a)", False),
        ("rank>6,rank<8", True),
        ("rank>7", False),
        ("tier>1", False),
        ("app=db, tier in (a,b) ,!x", True),
        ("app=", False),
    ],
)
def test_label_selectors_choose_as_kubernetes_does(text: str, matches: bool) -> None:
    assert selectors.labels_from(text).matches(LABELS) is matches


@pytest.mark.parametrize("text", ["a b c", "app in db", "=x", "app in (a", ",,"])
def test_what_is_no_label_selector_is_a_bad_request(text: str) -> None:
    with pytest.raises(Refusal) as error:
        selectors.labels_from(text)

    assert error.value.code == 400


def test_an_objects_selector_has_labels_and_expressions() -> None:
    selector = selectors.of_object(
        {
            "matchLabels": {"app": "db"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["a"]},
                {"key": "x", "operator": "DoesNotExist"},
                {"key": "rank", "operator": "Exists"},
                {"key": "app", "operator": "NotIn", "values": ["web"]},
            ],
        }
    )

    assert selector.matches(LABELS)
    assert not selector.matches({**LABELS, "x": ""})


def test_field_selectors_compare_text() -> None:
    event = {
        "involvedObject": {"kind": "Pod", "name": "db-0", "uid": "u"},
        "reason": "FailedMount",
        "type": "Warning",
        "source": {"component": "kubelet"},
        "metadata": {"name": "e", "namespace": "shop"},
    }
    kind = named("events")

    def matches(text: str) -> bool:
        return selectors.fields_from(text, kind).matches(event)

    assert matches("involvedObject.kind=Pod,involvedObject.name=db-0,involvedObject.uid=u")
    assert matches("type!=Normal,source=kubelet")
    assert not matches("reason=Scheduled")
    assert matches("involvedObject.fieldPath=")
    assert selectors.fields_from("source=scheduler", kind).matches({"reportingComponent": "scheduler"})


def test_a_field_selector_names_its_object() -> None:
    selector = selectors.fields_from("metadata.name=db-0,status.phase!=Running", named("pods"))

    assert selector.value_of("metadata", "name") == "db-0"
    assert selector.value_of("status", "phase") is None


@pytest.mark.parametrize(
    ("resource", "text", "said"),
    [
        ("pods", "spec.x=1", "field label not supported: spec.x"),
        ("persistentvolumeclaims", "spec.volumeName=v", '"spec.volumeName" is not a known field selector'),
        ("nodes", "metadata.namespace=x", "field label not supported: metadata.namespace"),
        ("pods", "spec.nodeName", "invalid selector: 'spec.nodeName'; can't understand 'spec.nodeName'"),
    ],
)
def test_unknown_fields_are_a_bad_request(resource: str, text: str, said: str) -> None:
    with pytest.raises(Refusal) as error:
        selectors.fields_from(text, named(resource))

    assert error.value.code == 400
    assert error.value.message.startswith(said)
