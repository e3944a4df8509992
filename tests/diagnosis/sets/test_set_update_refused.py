import pytest

from storagetui.diagnosis.patterns import classify
from storagetui.model.keys import Kind
from tests.build import stateful_set
from tests.diagnosis.sets.crew import crew
from tests.diagnosis.world import codes

FIELDS = "'replicas', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'"


@pytest.mark.parametrize("fields", [FIELDS, FIELDS.replace("'template'", "'ordinals', 'template'")])
def test_the_answer_of_the_server_is_known(fields: str) -> None:
    text = f"spec: Forbidden: updates to statefulset spec for fields other than {fields} are forbidden"
    assert classify(Kind.STATEFUL_SET, "", text) == ("sts-update-forbidden",)


def test_the_answer_of_newer_servers_names_the_field() -> None:
    text = (
        'StatefulSet "db" is invalid: spec.volumeClaimTemplates: Invalid value: [{"metadata":{}}]: field is immutable'
    )
    assert classify(Kind.STATEFUL_SET, "", text) == ("sts-update-forbidden",)


def test_other_answers_and_sets_themselves_are_not() -> None:
    assert classify(Kind.STATEFUL_SET, "", "spec.replicas: Invalid value: -1") == ()
    assert codes(stateful_set("shop/web", replicas=1), *crew("web", 1)) == []
