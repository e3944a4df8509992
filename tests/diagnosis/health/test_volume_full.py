from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from tests.build import Json, claim, event, pod, stamp, storage_class, volume
from tests.diagnosis.world import codes, found, only

CLAIM = claim("shop/data")
REST = (volume("pv-data", claim="shop/data"), storage_class("fast"))
TEXT = "panic: write /var/lib/db/wal: no space left on device"


def crashing(ago: float = 60, text: str = TEXT, claims: tuple[str, ...] = ("data",)) -> Record:
    ended: Json = {"exitCode": 1, "reason": "Error", "message": text, "finishedAt": stamp(ago)}
    status = {"name": "main", "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": ended}}
    return pod("shop/db", claims=claims, status={"containerStatuses": [status]})


def test_volume_full_by_the_last_words_of_a_container() -> None:
    user = crashing()
    finding = only(CLAIM, user, *REST)
    assert (finding.code, finding.severity, finding.certainty) == ("volume-full", Severity.HIGH, Certainty.INFERRED)
    assert finding.title == "Pod db says that no space is left"
    for part in (TEXT, "Claim data is the only volume", "It is 10Gi of class fast", "Class fast allows expansion."):
        assert part in finding.explanation
    assert finding.victims == (user.key,)
    assert codes(CLAIM, crashing(text="panic: out of memory"), *REST) == []


def test_a_crash_for_want_of_space_follows_from_it() -> None:
    mounted = [{"type": "PodReadyToStartContainers", "status": "True", "lastTransitionTime": stamp(590)}]

    def user(text: str) -> Record:
        ended: Json = {"exitCode": 1, "message": text, "finishedAt": stamp(60)}
        state: Json = {"waiting": {"reason": "CrashLoopBackOff"}}
        main = {"name": "main", "restartCount": 5, "state": state, "lastState": {"terminated": ended}}
        return pod("shop/db", claims=("data",), status={"containerStatuses": [main], "conditions": mounted})

    (finding,) = (one for one in found(user(TEXT), CLAIM, *REST) if one.code == "deploy-crash-on-volume")
    assert finding.causes == (CLAIM.key,)
    assert only(user("panic: out of memory"), CLAIM, *REST).causes == ()


def test_last_words_tell_of_the_present_for_an_hour() -> None:
    assert codes(CLAIM, crashing(3599), *REST) == ["volume-full"]
    assert codes(CLAIM, crashing(3600), *REST) == []


def test_a_container_that_is_over_still_says_it() -> None:
    ended = {"terminated": {"exitCode": 1, "message": "ENOSPC"}}
    done = pod("shop/db", claims=("data",), status={"containerStatuses": [{"name": "main", "state": ended}]})
    assert codes(CLAIM, done, *REST) == ["volume-full"]


def test_of_several_volumes_none_is_blamed() -> None:
    assert codes(CLAIM, crashing(claims=("data", "logs")), *REST) == []


def test_an_event_of_the_container_counts_and_one_of_the_nodes_disk_does_not() -> None:
    user = pod("shop/db", claims=("data",))
    assert codes(CLAIM, user, event(user, "Unhealthy", f"Readiness probe failed: {TEXT}"), *REST) == ["volume-full"]
    node_full = event(user, "FailedMount", "mkdir /var/lib/kubelet/pods/x: no space left on device")
    assert codes(CLAIM, user, node_full, *REST) == []
    assert codes(CLAIM, crashing(), *REST, blind=(Kind.POD,)) == []
