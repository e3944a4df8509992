from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.classes import StorageClass
from tests.build import build, storage_class
from tests.diagnosis.world import codes, only

MARK = "storageclass.kubernetes.io/is-default-class"
OLD_MARK = "storageclass.beta.kubernetes.io/is-default-class"


def default(name: str, age: float, mark: str = MARK) -> StorageClass:
    return build(StorageClass, name, {"provisioner": "x"}, {"metadata": {"annotations": {mark: "true"}}}, age=age)


def test_of_several_defaults_the_newest_counts_and_it_is_told_there() -> None:
    new, old = default("new", 10), default("old", 1000, OLD_MARK)
    finding = only(new, old, storage_class("plain"))
    assert finding.code == "default-class-ambiguous"
    assert (finding.severity, finding.certainty) == (Severity.LOW, Certainty.CONFIRMED)
    assert finding.title == "2 classes are marked as the default"
    assert "Classes new and old are marked as the default. Claims without a class get new" in finding.explanation
    assert "off old" in finding.next_step
    assert codes(old, new) == []


def test_of_equally_old_ones_the_first_by_name_counts() -> None:
    assert codes(default("a", 10), default("b", 10)) == ["default-class-ambiguous"]
    assert codes(default("b", 10), default("a", 10)) == []


def test_one_default_is_as_it_should_be() -> None:
    assert codes(default("new", 10), storage_class("plain")) == []
    no = build(StorageClass, "no", {"provisioner": "x"}, {"metadata": {"annotations": {MARK: "false"}}}, age=10)
    assert codes(default("new", 10), no) == []
