from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.roots import grouped
from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind
from storagetui.model.workloads import Deployment
from tests.build import build, claim, pod, stamp, stateful_set, volume
from tests.diagnosis.world import cluster_of, codes, full_run, only

DAY = 86400.0


def unused(ago: float, status: str = "True", name: str = "data") -> Record:
    """A claim of which Kubernetes says since when no pod refers to it."""
    condition = {"type": "Unused", "status": status, "reason": "NoPodsUsingPVC", "lastTransitionTime": stamp(ago)}
    return claim(f"shop/{name}", age=90 * DAY, status={"conditions": [condition]})


def test_pvc_unused_where_kubernetes_says_since_when() -> None:
    assert codes(unused(DAY - 1)) == []
    finding = only(unused(DAY), volume("pv-data", claim="shop/data"))
    assert (finding.code, finding.severity, finding.certainty) == ("pvc-unused", Severity.INFO, Certainty.CONFIRMED)
    assert "No pod refers to the claim since 2026-01-14T14:02:11Z" in finding.explanation
    assert "policy Delete" in finding.explanation
    assert codes(unused(30 * DAY, "False")) == []
    assert codes(unused(30 * DAY), pod("shop/web", claims=("data",))) == []


def test_pvc_unused_by_the_pods_of_an_old_claim() -> None:
    assert codes(claim("shop/data", age=7 * DAY - 1)) == []
    finding = only(claim("shop/data", age=7 * DAY), pod("shop/job", phase="Succeeded", claims=("data",)))
    assert (finding.code, finding.certainty, finding.since) == ("pvc-unused", Certainty.INFERRED, None)
    assert "job (Succeeded) once did" in finding.explanation
    assert codes(claim("shop/data", age=7 * DAY), blind=(Kind.POD,)) == []
    assert codes(unused(30 * DAY), blind=(Kind.POD,)) == ["pvc-unused"]


def test_what_a_workload_explains_is_not_unused() -> None:
    old = claim("shop/data", age=30 * DAY)
    spec = {
        "replicas": 0,
        "template": {"spec": {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]}},
    }
    assert codes(old, build(Deployment, "shop/web", {"spec": spec}, {})) == []
    of_set = claim("shop/data-db-0", age=30 * DAY)
    assert "pvc-unused" not in codes(of_set, stateful_set("shop/db", replicas=0))
    assert "pvc-unused" not in codes(of_set)


def test_those_of_a_namespace_are_told_as_one() -> None:
    cluster = cluster_of(*(unused(30 * DAY, name=f"data{number}") for number in range(3)))
    (group,) = grouped(full_run(cluster), cluster)
    assert group.finding.subject == Key(Kind.NAMESPACE, "", "shop")
    assert group.finding.title == "No pod uses some claims of namespace shop"
    assert group.finding.explanation.endswith("3 claims are like that.")
