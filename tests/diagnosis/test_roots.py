from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from storagetui.diagnosis.catalog import STATES
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity
from storagetui.diagnosis.group import Group, weight
from storagetui.diagnosis.rings import ends
from storagetui.diagnosis.roots import Roots, grouped, uids
from storagetui.model.keys import Key, Kind
from tests.build import NOW, node
from tests.diagnosis.world import cluster_of

CALM_LOW = next(
    (state.code for state in STATES.values() if state.is_calm and state.severity is Severity.LOW), "sts-template-drift"
)


def pod(name: str, namespace: str = "shop") -> Key:
    return Key(Kind.POD, namespace, name)


def claim(name: str, namespace: str = "shop") -> Key:
    return Key(Kind.PERSISTENT_VOLUME_CLAIM, namespace, name)


NODE = Key(Kind.NODE, "", "node-a")
FAST = Key(Kind.STORAGE_CLASS, "", "fast")


def told(subject: Key, code: str = "claim-pending", *causes: Key, **over: Any) -> Finding:
    fields: dict[str, Any] = {
        "title": "Stuck",
        "severity": Severity.HIGH,
        "certainty": Certainty.CONFIRMED,
        "uid": "u",
        "since": NOW - timedelta(seconds=60),
        "explanation": "It is so.",
    }
    return Finding(subject=subject, code=code, causes=causes, **{**fields, **over})


def by_subject(*findings: Finding) -> dict[Key, tuple[Finding, ...]]:
    found: dict[Key, tuple[Finding, ...]] = {}
    for finding in findings:
        if finding not in found.get(finding.subject, ()):
            found[finding.subject] = (*found.get(finding.subject, ()), finding)
    return found


def groups(*findings: Finding) -> tuple[Group, ...]:
    return grouped(by_subject(*findings))


def only(*findings: Finding) -> Group:
    (group,) = groups(*findings)
    return group


def test_a_finding_that_nothing_explains_is_its_own_root() -> None:
    alone = told(claim("a"), victims=(pod("p"),))
    group = only(alone)
    assert (group.finding, group.parts, group.victims) == (alone, (), (pod("p"),))
    assert group.hit == (pod("p"), claim("a"))
    assert group.namespaces == {"shop"}


def test_a_missing_class_behind_three_claims_behind_three_pods() -> None:
    findings = []
    for number in range(3):
        findings += [
            told(
                claim(f"c{number}"),
                "pvc-storageclass-missing",
                FAST,
                title="Class fast does not exist",
                shared="Class fast does not exist. No free volume bears its name.",
                victims=(pod(f"p{number}"),),
                since=NOW - timedelta(seconds=number),
                evidence=(Evidence(FAST, "metadata.name", "fast"), Evidence(claim("x"), "status.phase", "Pending")),
            ),
            told(pod(f"p{number}"), "sched-unbound-immediate", claim(f"c{number}")),
        ]
    group = only(*findings)
    root = group.finding
    assert (root.subject, root.code, root.uid, root.causes) == (FAST, "pvc-storageclass-missing", "", ())
    assert root.title == "Class fast does not exist"
    assert root.explanation == ("Class fast does not exist. No free volume bears its name. 3 claims are held up by it.")
    assert root.since == NOW - timedelta(seconds=2)
    assert root.evidence == (Evidence(FAST, "metadata.name", "fast"),)
    assert group.victims == (*(pod(f"p{n}") for n in range(3)), *(claim(f"c{n}") for n in range(3)))
    assert group.hit == group.victims
    assert len(group.parts) == 6


def test_a_single_one_that_names_a_cause_without_a_finding_stays_the_root() -> None:
    alone = told(claim("a"), "pvc-storageclass-missing", FAST)
    other = told(claim("b"), "pvc-provisioning-failed", FAST)
    assert {group.finding.subject for group in groups(alone, other)} == {claim("a"), claim("b")}
    twice = told(claim("a"), "pvc-storageclass-missing", FAST, title="Again")
    assert {group.finding.subject for group in groups(alone, twice)} == {claim("a")}


def test_a_dead_node_behind_six_stuck_pods() -> None:
    stuck = [
        told(pod(f"p{n}", f"ns{n % 2}"), "pod-terminating-node-unreachable", NODE, title=f"Pod p{n} cannot end")
        for n in range(6)
    ]
    (group,) = grouped(by_subject(*stuck), cluster_of(node("node-a")))
    assert (group.key, group.finding.uid) == (NODE, "uid-node-node-a")
    assert group.finding.title == STATES["pod-terminating-node-unreachable"].title
    assert group.finding.explanation.startswith("6 pods are held up by it. Of ns0/p0: It is so.")
    assert len(group.victims) == 6
    assert group.namespaces == {"ns0", "ns1"}
    own = told(NODE, "node-not-ready", severity=Severity.CRITICAL)
    with_own = only(own, *stuck)
    assert (with_own.finding, len(with_own.parts)) == (own, 6)


def test_ordinal_0_behind_ordinals_1_and_2() -> None:
    first = told(pod("db-0"), "mount-failed", victims=(claim("data-db-0"),))
    owner = told(
        Key(Kind.STATEFUL_SET, "shop", "db"), "sts-ordinal-blocked", pod("db-0"), victims=(pod("db-1"), pod("db-2"))
    )
    group = only(owner, first)
    assert (group.finding, group.parts) == (first, (owner,))
    assert group.victims == (pod("db-1"), pod("db-2"), claim("data-db-0"), Key(Kind.STATEFUL_SET, "shop", "db"))


def test_what_follows_from_two_causes_stands_under_both_and_nowhere_else() -> None:
    one, two = told(claim("a")), told(claim("b"), "pvc-lost")
    both = told(pod("p"), "pod-pending", claim("a"), claim("b"))
    found = groups(one, two, both)
    assert [(group.finding, group.parts) for group in found] == [(one, (both,)), (two, (both,))]


def test_what_is_calm_or_hardly_worth_a_word_explains_nothing() -> None:
    calm = told(claim("a"), severity=Severity.INFO)
    waiting = told(pod("p"), "pod-pending", claim("a"))
    assert [group.finding for group in groups(calm, waiting)] == [waiting, calm]
    low = told(claim("a"), CALM_LOW, severity=Severity.LOW)
    if STATES.get(CALM_LOW) is not None:
        assert [group.finding for group in groups(low, waiting)] == [waiting, low]
    hint = told(FAST, "default-class-ambiguous", severity=Severity.LOW)
    refused = told(claim("a"), "pvc-class-parameter-wrong", FAST)
    assert [group.finding for group in groups(hint, refused)] == [refused, hint]
    real = told(claim("a"), "pvc-lost", severity=Severity.LOW)
    assert [group.finding for group in groups(real, waiting)] == [real]


def test_the_worst_finding_about_a_cause_explains() -> None:
    weak = told(claim("a"), "pvc-no-class-no-pv", severity=Severity.MEDIUM)
    strong = told(claim("a"), "pvc-lost", severity=Severity.CRITICAL)
    waiting = told(pod("p"), "pod-pending", claim("a"))
    assert [(one.finding, one.parts) for one in groups(weak, strong, waiting)] == [(strong, (waiting,)), (weak, ())]


def test_of_several_findings_about_a_cause_those_explain_that_name_the_victim() -> None:
    disk = told(NODE, "attach-error", title="disk", victims=(pod("p"),))
    files = told(NODE, "attach-error", title="files", severity=Severity.CRITICAL, victims=(pod("q"), pod("r")))
    waiting = [told(pod(name), "mount-failed", NODE) for name in "pqrs"]
    (worse, other) = groups(disk, files, *waiting)
    assert (worse.finding, worse.parts) == (files, (waiting[1], waiting[2], waiting[3]))
    assert (other.finding, other.parts) == (disk, (waiting[0],))


def test_a_chain_ends_at_its_root_and_a_ring_at_its_worst() -> None:
    root, middle = told(pod("old"), "attach-error"), told(pod("p"), "mount-failed", pod("old"))
    group = only(told(claim("a"), "claim-pending", pod("p")), middle, root)
    assert (group.finding, len(group.parts)) == (root, 2)
    ring = (
        told(claim("a"), "claim-pending", pod("p")),
        told(pod("p"), "pod-pending", claim("a"), severity=Severity.CRITICAL),
        told(claim("tail"), "claim-pending", claim("a")),
    )
    group = only(*ring)
    assert (group.finding, len(group.parts)) == (ring[1], 2)
    outside = told(NODE, "attach-error")
    ring_on_a_leash = (ring[0], msgspec.structs.replace(ring[1], causes=(claim("a"), NODE)), outside)
    assert only(*ring_on_a_leash).finding == outside


def test_a_finding_that_names_itself_is_a_root() -> None:
    assert only(told(claim("a"), "claim-pending", claim("a"))).parts == ()


def test_an_incident_weighs_what_it_does_and_those_that_hit_most_come_first() -> None:
    weak = told(claim("a"), severity=Severity.MEDIUM)
    heavy = told(pod("p"), "pod-pending", claim("a"), severity=Severity.CRITICAL)
    wide = told(claim("w"), victims=tuple(pod(f"w{n}") for n in range(3)), since=NOW)
    old = told(claim("o"), since=NOW - timedelta(days=1))
    undated = told(claim("u"), since=None)
    assert [one.name for one in groups(undated, old, wide, weak, heavy)] == ["a", "w", "o", "u"]


def test_several_of_one_code_about_one_subject_are_told_apart() -> None:
    found = groups(told(pod("p"), "attach-error", title="one"), told(pod("p"), "attach-error", title="two"))
    assert [one.identity for one in found] == [(pod("p"), "attach-error", 0), (pod("p"), "attach-error", 1)]


def test_thousands_behind_one_cause_cost_little_each() -> None:
    roots, found = Roots(), {}
    for number in range(5000):
        finding = told(claim(f"c{number:04}"), "pvc-storageclass-missing", FAST, shared="Class fast does not exist.")
        found[finding.subject] = (finding,)
    breaths = list(roots.update(found, uids(None)))
    assert len(breaths) > 50
    (group,) = roots.groups
    assert len(group.victims) == 5000
    gone = list(roots.update({claim("c0007"): ()}, uids(None)))
    assert len(gone) < 3
    (after,) = roots.groups
    assert len(after.victims) == 4999
    assert after.finding.explanation.endswith("4,999 claims are held up by it.")
    assert len(group.victims) == 5000


def test_the_paths_of_a_graph_end_where_nothing_leads_on() -> None:
    graph = {1: (2, 3), 2: (4,), 3: (5,), 4: (), 5: (6,), 6: (7,), 7: (5,), 8: (9,), 9: (8, 4)}

    def found(start: int) -> set[frozenset[int]]:
        return {frozenset(ring) for ring in ends(start, graph.__getitem__)}

    assert found(1) == {frozenset({4}), frozenset({5, 6, 7})}
    assert found(4) == {frozenset({4})}
    assert found(8) == {frozenset({4})}
    assert found(6) == {frozenset({5, 6, 7})}


# Subjects and causes come from few keys, so that chains, rings and shared causes are frequent.
KEYS = (*(pod(f"p{n}") for n in range(4)), *(claim(f"c{n}") for n in range(3)), NODE, FAST)
CODES = ("claim-pending", "pod-pending", "pvc-lost")
FINDINGS = st.builds(
    lambda subject, code, causes, severity, victims, age, title: told(
        subject,
        code,
        *causes,
        severity=severity,
        victims=tuple(victims),
        since=None if age is None else NOW - timedelta(seconds=age),
        title=title,
        certainty=Certainty.INFERRED if title == "x" else Certainty.CONFIRMED,
    ),
    st.sampled_from(KEYS),
    st.sampled_from(CODES),
    st.lists(st.sampled_from(KEYS), max_size=2),
    st.sampled_from(Severity),
    st.lists(st.sampled_from(KEYS), max_size=2),
    st.sampled_from((None, 1, 2, 3)),
    st.sampled_from("xy"),
)
STEPS = st.lists(st.lists(FINDINGS, max_size=3), max_size=3).map(
    lambda batches: by_subject(*(one for batch in batches for one in batch))
)
GONE = st.lists(st.sampled_from(KEYS), max_size=3).map(lambda keys: dict.fromkeys(keys, ()))


@given(st.lists(st.one_of(STEPS, STEPS, GONE), max_size=12))
@settings(max_examples=400, deadline=None)
def test_incremental_equals_a_full_run_and_what_is_meant(history: list[dict[Key, tuple[Finding, ...]]]) -> None:
    roots, found = Roots(), dict[Key, tuple[Finding, ...]]()
    for changed in history:
        before = {group.identity: group for group in roots.groups}
        for _ in roots.update(changed, uids(None)):
            pass
        found.update(changed)
        found = {key: group for key, group in found.items() if group}
        assert roots.groups == grouped(found)
        assert _meant(found) == {_essence(group) for group in roots.groups}
        assert [one.rank for one in roots.groups] == sorted(one.rank for one in roots.groups)
        kept = {group.identity: group for group in roots.groups if before.get(group.identity) == group}
        assert all(group.parts == before[identity].parts for identity, group in kept.items())


Essence = tuple[Key, str, frozenset[Finding], frozenset[Key], Severity]


def _essence(group: Group) -> Essence:
    return group.key, group.finding.code, frozenset(group.parts), frozenset(group.victims), group.severity


def _meant(found: dict[Key, tuple[Finding, ...]]) -> set[Essence]:
    """The same, told slowly: for each finding everything that it leads to, and of that what leads nowhere else."""
    everything = [one for group in found.values() for one in group]
    placed: dict[tuple[Key, str, Finding | None], list[Finding]] = {}
    for finding in everything:
        for root in _roots(finding, everything):
            placed.setdefault(root, []).append(finding)
    return {_told(root, members) for root, members in placed.items()}


def _told(root: tuple[Key, str, Finding | None], members: list[Finding]) -> Essence:
    subject, code, finding = root
    victims = {key for one in members for key in (one.subject, *one.victims)} - {subject}
    worst = min((one.severity for one in members), key=lambda one: one.rank)
    return subject, code, frozenset(one for one in members if one is not finding), frozenset(victims), worst


def _roots(finding: Finding, everything: list[Finding]) -> Iterator[tuple[Key, str, Finding | None]]:
    reached: list[Finding | tuple[Key, str]] = [finding]
    for one in reached:
        reached += [
            step for step in _steps(one, everything) if all(step is not other and step != other for other in reached)
        ]
    for one in reached:
        ring = _reach(one, everything)
        if all(any(one is back or one == back for back in _reach(other, everything)) for other in ring):
            worst = min(
                (other for other in ring if isinstance(other, Finding)), key=lambda other: weight(other), default=None
            )
            if isinstance(one, tuple):
                yield (*one, None)
            elif one is worst:
                yield one.subject, one.code, one


def _reach(one: Finding | tuple[Key, str], everything: list[Finding]) -> list[Finding | tuple[Key, str]]:
    reached = [one]
    for other in reached:
        reached += [
            step for step in _steps(other, everything) if all(step is not seen and step != seen for seen in reached)
        ]
    return reached


def _steps(one: Finding | tuple[Key, str], everything: list[Finding]) -> list[Finding | tuple[Key, str]]:
    if not isinstance(one, Finding):
        return []
    steps: list[Finding | tuple[Key, str]] = []
    for cause in dict.fromkeys(key for key in one.causes if key != one.subject):
        about = [other for other in everything if other.subject == cause and other.severity is not Severity.INFO]
        alike = [
            other for other in everything if other.code == one.code and cause in other.causes and other.subject != cause
        ]
        if about:
            hitting = [other for other in about if one.subject in other.victims]
            steps += [step for step in hitting or [min(about, key=weight)] if all(step is not seen for seen in steps)]
        elif len({other.subject for other in alike}) > 1:
            steps.append((cause, one.code))
    return steps
