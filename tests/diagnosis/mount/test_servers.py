import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from tests.build import csi_node, volume
from tests.diagnosis.mount.chain import CHAIN, failure, mount, ready, waiting, with_volume
from tests.diagnosis.world import after, codes, only

NFS = volume("pv-data", claim="shop/data", spec={"csi": None, "nfs": {"server": "10.0.0.1", "path": "/exp"}})
TEXTS = {
    "mount-nfs-denied": "mount.nfs: access denied by server while mounting 10.0.0.1:/exp",
    "mount-nfs-unreachable": "mount.nfs: Connection timed out",
    "mount-efs": 'Could not mount "fs-1:/" at "/x": mount failed: exit status 32',
    "mount-stale": "stat /var/lib/kubelet/pods/x: stale NFS file handle",
}


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_what_the_server_does_is_told_from_the_text(code: str, text: str) -> None:
    finding = only(waiting(), *CHAIN, failure(mount(text)))
    assert finding.code == code
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)
    assert text in finding.explanation
    assert "node-a" in finding.title


@pytest.mark.parametrize(("code", "text"), TEXTS.items())
def test_it_is_reported_from_the_threshold_on_and_until_the_pod_is_ready(code: str, text: str) -> None:
    told = failure(mount(text))
    assert codes(waiting(60), *CHAIN, told, at=after(-0.001)) == []
    assert codes(waiting(60), *CHAIN, told) == [code]
    assert codes(ready(), *CHAIN, told) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("mount error(13): Permission denied", "mount-nfs-denied"),
        ("mount.nfs4: /exp: No such file or directory", "mount-nfs-denied"),
        ("mount.nfs: requested NFS version or transport protocol is not supported", "mount-nfs-denied"),
        ("mount error(112): Host is down", "mount-nfs-unreachable"),
        ("mount.nfs: Failed to resolve server nfs.example: Name or service not known", "mount-nfs-unreachable"),
        ("mount error: no mds (Metadata Server) is up", "mount-nfs-unreachable"),
        ("transport endpoint is not connected", "mount-stale"),
        ("mount error(5): Input/output error", "mount-failed"),
    ],
)
def test_other_words_for_it_are_known(text: str, code: str) -> None:
    assert codes(waiting(), *CHAIN, failure(mount(text))) == [code]


def test_the_server_and_the_path_are_named() -> None:
    finding = only(waiting(), *with_volume(NFS), failure(mount(TEXTS["mount-nfs-denied"])))
    assert "Volume pv-data is /exp of server 10.0.0.1." in finding.explanation


def test_a_dead_process_is_told_from_a_lost_export() -> None:
    ended = only(waiting(), *CHAIN, failure(mount("transport endpoint is not connected")))
    assert "The process that serves the mount has ended." in ended.explanation
    lost = only(waiting(), *CHAIN, failure(mount("Stale file handle")))
    assert "The server no longer knows what was mounted." in lost.explanation


def test_words_that_other_drivers_use_too_are_of_efs_only_where_the_driver_is() -> None:
    text = 'Could not mount "/globalmount" at "/pods/x": mount failed: exit status 32'
    assert codes(waiting(), *CHAIN, failure(mount(text))) == ["mount-failed"]
    efs = volume("pv-data", claim="shop/data", spec={"csi": {"driver": "efs.csi.aws.com"}})
    world = (*with_volume(efs), csi_node("node-a", "efs.csi.aws.com"))
    assert codes(waiting(), *world, failure(mount(text))) == ["mount-efs"]
    assert codes(waiting(), *CHAIN, failure(mount(text.replace("/globalmount", "fs-0a1:/")))) == ["mount-efs"]
