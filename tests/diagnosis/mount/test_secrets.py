import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from tests.build import volume
from tests.diagnosis.mount.chain import CHAIN, failure, mount, ready, waiting, with_volume
from tests.diagnosis.world import after, codes, only

TEXTS = {
    "mount-csi-secret-missing": mount("fetching NodeStageSecretRef ceph/rbd failed: secrets rbd not found"),
    "mount-configmap-secret-missing": 'MountVolume.SetUp failed for volume "tls" : secret "tls" not found',
}


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_what_is_missing_is_told_from_the_text(code: str, text: str) -> None:
    finding = only(waiting(), *CHAIN, failure(text))
    assert finding.code == code
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_it_is_reported_from_the_threshold_on_and_until_the_pod_is_ready(code: str, text: str) -> None:
    told = failure(text)
    assert codes(waiting(60), *CHAIN, told, at=after(-0.001)) == []
    assert codes(waiting(60), *CHAIN, told) == [code]
    assert codes(ready(), *CHAIN, told) == []


def test_the_secrets_that_the_volume_names_are_told() -> None:
    refs = {"nodeStageSecretRef": {"namespace": "ceph", "name": "rbd"}}
    told = failure(TEXTS["mount-csi-secret-missing"])
    finding = only(waiting(), *with_volume(volume("pv-data", claim="shop/data", spec={"csi": refs})), told)
    assert "Volume pv-data names ceph/rbd. Secrets are not read by this program." in finding.explanation


def test_a_missing_key_is_not_a_missing_driver_secret() -> None:
    text = 'MountVolume.SetUp failed for volume "tls" : references non-existent secret key: ca.crt'
    assert codes(waiting(), *CHAIN, failure(text)) == ["mount-configmap-secret-missing"]
