import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from storagetui.model.workloads import Service
from tests.build import build, stateful_set
from tests.diagnosis.sets.crew import crew
from tests.diagnosis.world import after, codes, only

WEB = stateful_set("shop/web", replicas=1)
CREW = crew("web", 1)
ELSEWHERE = build(Service, "shop/other", {"spec": {"clusterIP": "None"}}, {})


def service(**spec: object) -> Service:
    return build(Service, "shop/web", {"spec": {"clusterIP": "None", "selector": {"app": "web"}}}, {"spec": spec})


def test_the_service_that_is_not_there_and_the_names_that_fail_are_told() -> None:
    finding = only(WEB, *CREW, ELSEWHERE)
    assert finding.code == "sts-headless-service-missing"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert finding.title == "Service web does not exist"
    assert "web-0.web.shop.svc and the like are not found" in finding.explanation


@pytest.mark.parametrize(
    ("spec", "title"),
    [
        ({"clusterIP": "10.0.0.7"}, "Service web is not headless"),
        ({"selector": {"app": "shop"}}, "Service web selects other pods"),
    ],
)
def test_a_service_that_does_not_name_the_pods_is_a_lesser_trouble(spec: dict[str, object], title: str) -> None:
    finding = only(WEB, *CREW, service(**spec))
    assert (finding.code, finding.severity, finding.title) == ("sts-headless-service-missing", Severity.LOW, title)


def test_a_service_as_it_should_be_is_no_trouble() -> None:
    assert codes(WEB, *CREW, service()) == []
    assert codes(stateful_set("shop/web", replicas=1, spec={"serviceName": None}), *CREW, ELSEWHERE) == []


def test_a_set_that_is_just_made_may_come_before_its_service() -> None:
    young = stateful_set("shop/web", replicas=1, age=30)
    assert codes(young, *CREW, ELSEWHERE, at=after(-0.001)) == []
    assert codes(young, *CREW, ELSEWHERE) == ["sts-headless-service-missing"]


def test_without_services_in_view_nothing_is_told() -> None:
    assert codes(WEB, *CREW, ELSEWHERE, blind=(Kind.SERVICE,)) == []
