import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.events import Event
from tests.diagnosis.mount.chain import CHAIN, failure, ready, waiting
from tests.diagnosis.world import after, codes, only

SLOW = failure(
    "Setting volume ownership for 1/volumes/kubernetes.io~csi/pv-data, processed 12345 files.",
    "VolumePermissionChangeInProgress",
)
LABELS = failure(
    'SELinuxLabel "a" conflicts with pod b that uses the same volume as this pod with SELinuxLabel "c". If both pods '
    "land on the same node, only one of them may access the volume.",
    "SELinuxLabelConflict",
    warning=False,
)
SAID = {"mount-fsgroup-slow": SLOW, "mount-selinux-conflict": LABELS}


@pytest.mark.parametrize(("code", "told"), SAID.items())
def test_what_holds_the_files_up_is_told_from_the_text(code: str, told: Event) -> None:
    finding = only(waiting(), *CHAIN, told)
    assert finding.code == code
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.INFERRED)


@pytest.mark.parametrize(("code", "told"), SAID.items())
def test_it_is_reported_from_the_threshold_on_and_until_the_pod_is_ready(code: str, told: Event) -> None:
    assert codes(waiting(60), *CHAIN, told, at=after(-0.001)) == []
    assert codes(waiting(60), *CHAIN, told) == [code]
    assert codes(ready(), *CHAIN, told) == []


def test_the_group_and_how_far_it_is_are_told() -> None:
    asked = {"securityContext": {"fsGroup": 2000}}
    finding = only(waiting(spec=asked), *CHAIN, SLOW)
    assert "The pod asks for group 2000 with fsGroupChangePolicy Always. 12345 files have been done." in (
        finding.explanation
    )


def test_the_other_pod_is_named() -> None:
    assert "The other is pod b." in only(waiting(), *CHAIN, LABELS).explanation
