"""A set's ordinals, with everything from the pod to the attachment."""

from typing import Any

import pytest

from storagetui.cluster.rollout import frontier, ordinals_text
from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.change import FeedState
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.view.column import Cell, Tone, fit_layout
from storagetui.view.matrix import LIMIT, Matrix, cut_note, dns_name, matrix
from storagetui.view.sets import retention_words, set_summary
from tests.build import attachment, claim, feed_health, frame_of, live_feeds, pod, stamp, stateful_set, volume
from tests.view.world import HOSTILE, owned, shop, shop_frame

DB = Key(Kind.STATEFUL_SET, "shop", "db")


def made(*records: Record, **over: Any) -> Matrix:
    found = matrix(frame_of(*records, **over) if records else shop_frame(**over), DB)
    assert found is not None
    return found


def cells(one: Matrix, ordinal: int) -> dict[str, Cell]:
    row = one.row(ordinal)
    assert len(row.cells) == len(row.keys) == len(one.columns)
    return {column.id: cell for column, cell in zip(one.columns, row.cells, strict=True)}


def texts(one: Matrix, ordinal: int) -> dict[str, str]:
    return {id_: cell.text for id_, cell in cells(one, ordinal).items()}


def test_each_ordinal_has_a_row_and_so_has_what_a_scale_down_left() -> None:
    one = made()

    assert one.ordinals == (0, 1, 2, 3)
    assert [one.row(ordinal).is_wanted for ordinal in one.ordinals] == [True, True, True, False]


@pytest.mark.parametrize(
    ("ordinal", "expected"),
    [
        (
            0,
            {
                "pod": "db-0",
                "phase": "Running ready",
                "node": "✖ worker-a",
                "data.state": "Bound",
                "data.size": "10Gi",
                "data.volume": "pv-data-db-0",
                "data.zone": "a",
                "data.attached": "✖ worker-a",
                "drift": "–",
                "dns": "db-0.db.shop.svc",
            },
        ),
        (
            1,
            {
                "pod": "db-1 blocks #2",
                "phase": "ContainerCreating",
                "node": "worker-b",
                "data.state": "Bound, growing",
                "data.size": "10Gi→20Gi",
                "data.attached": "✖ worker-a, ✖ worker-b attach error",
                "drift": "data asks 20Gi, template 10Gi",
            },
        ),
        (2, {"pod": "db-2", "phase": "waits for #1", "node": "–", "data.state": "no claim", "data.volume": "–"}),
        (
            3,
            {
                "pod": "(beyond replicas)",
                "phase": "no pod",
                "data.state": "Bound, left behind",
                "data.volume": "pv-3",
                "data.zone": "a",
                "data.attached": "–",
            },
        ),
    ],
)
def test_a_row_says_what_an_incident_asks_for(ordinal: int, expected: dict[str, str]) -> None:
    found = texts(made(), ordinal)

    assert {id_: found[id_] for id_ in expected} == expected


def test_each_cell_knows_its_object() -> None:
    one = made()
    keys = dict(zip((column.id for column in one.columns), one.row(1).keys, strict=True))

    assert keys["pod"] == Key(Kind.POD, "shop", "db-1")
    assert keys["node"] == Key(Kind.NODE, "", "worker-b")
    assert keys["data.state"] == Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "data-db-1")
    assert keys["data.volume"] == Key(Kind.PERSISTENT_VOLUME, "", "pv-data-db-1")
    assert keys["data.attached"] == Key(Kind.VOLUME_ATTACHMENT, "", "csi-1")
    assert one.row(2).keys[-1] is None


def test_names_are_exact_so_that_another_set_s_claims_are_never_credited() -> None:
    one = made(
        stateful_set("shop/db", replicas=1),
        stateful_set("shop/db-replica", replicas=1),
        claim("shop/data-db-0"),
        claim("shop/data-db-replica-0"),
        claim("shop/data-db-replica-7"),
        claim("shop/old-data-db-4"),
        claim("shop/data-db-05"),
        claim("other/data-db-9"),
        pod("shop/db-replica-3", owner="StatefulSet/db-replica"),
        pod("shop/db-5", owner="StatefulSet/other"),
        pod("shop/db-6"),
    )

    assert one.ordinals == (0,)


def test_ordinals_begin_where_the_set_says_and_earlier_ones_are_left_behind() -> None:
    one = made(
        stateful_set("shop/db", replicas=2, spec={"ordinals": {"start": 5}}),
        claim("shop/data-db-0"),
        claim("shop/data-db-5"),
    )

    assert one.ordinals == (0, 5, 6)
    assert texts(one, 0)["pod"] == "(before start)"
    assert texts(one, 0)["data.state"] == "Bound, left behind"
    assert texts(one, 5)["data.state"] == "Bound"


def test_several_templates_have_columns_of_their_own() -> None:
    one = made(stateful_set("shop/db", replicas=1, templates=("data", "wal")), claim("shop/wal-db-0", size="2Gi"))

    assert texts(one, 0)["data.state"] == "no claim"
    assert texts(one, 0)["wal.state"] == "Bound"
    assert {"CLAIM data", "CLAIM wal"} <= {column.title for column in one.columns}
    assert texts(one, 0)["drift"] == "wal asks 2Gi, template 10Gi"


def test_a_class_that_differs_from_the_template_is_drift() -> None:
    one = made(stateful_set("shop/db", replicas=1), claim("shop/data-db-0", spec={"storageClassName": "slow"}))

    assert texts(one, 0)["drift"] == "data class slow, template fast"


def test_a_claim_that_a_pod_still_uses_is_not_left_behind() -> None:
    leaving = pod("shop/db-1", claims=("data-db-1",), owner="StatefulSet/db")
    other = pod("shop/backup", claims=("data-db-2",))
    one = made(stateful_set("shop/db", replicas=1), claim("shop/data-db-1"), claim("shop/data-db-2"), leaving, other)

    assert texts(one, 1)["pod"] == "db-1"
    assert texts(one, 1)["data.state"] == "Bound, used by db-1"
    assert texts(one, 2)["data.state"] == "Bound, used by backup"


def test_a_shared_volume_on_another_node_is_no_trouble() -> None:
    modes: dict[str, Any] = {"spec": {"accessModes": ["ReadWriteMany"]}}
    one = made(
        stateful_set("shop/db", replicas=1),
        claim("shop/data-db-0", **modes),
        volume("pv-data-db-0", claim="shop/data-db-0"),
        pod("shop/db-0", node="worker-b", claims=("data-db-0",), owner="StatefulSet/db"),
        attachment("csi", volume="pv-data-db-0", node="worker-a"),
        feeds=live_feeds(feed_health(Kind.NODE, FeedState.FORBIDDEN)),
    )

    assert cells(one, 0)["data.attached"] == ("worker-a", Tone.PLAIN)


def test_without_pods_in_view_nothing_is_called_missing() -> None:
    blind = live_feeds(*(feed_health(kind, FeedState.FORBIDDEN) for kind in (Kind.POD, Kind.PERSISTENT_VOLUME_CLAIM)))
    one = made(stateful_set("shop/db", replicas=1), claim("shop/data-db-4"), feeds=blind)

    assert texts(one, 0)["phase"] == "?"
    assert texts(one, 0)["data.state"] == "?"
    assert texts(one, 4)["data.state"] == "Bound, left behind ?"
    assert one.frontier is None


def test_one_set_cannot_fill_the_memory() -> None:
    one = made(stateful_set("shop/db", replicas=2_000_000_000), claim("shop/data-db-3"))

    assert len(one.ordinals) == LIMIT
    assert cut_note(one) == "Only the first 5,000 of 2,000,000,000 ordinals are shown."
    assert cut_note(made()) == ""


def test_a_set_that_is_gone_has_no_matrix() -> None:
    assert matrix(frame_of(), DB) is None


def test_no_cell_lets_hostile_text_through() -> None:
    bad: dict[str, Any] = {"spec": {"serviceName": HOSTILE}}
    one = made(
        stateful_set("shop/db", replicas=1, **bad),
        claim("shop/data-db-0", volume=HOSTILE, status={"phase": HOSTILE}),
        pod("shop/db-0", node=HOSTILE, owner="StatefulSet/db", status={"reason": HOSTILE, "phase": HOSTILE}),
        attachment("csi", volume=HOSTILE, node=HOSTILE),
    )

    assert all(text.isprintable() for text in texts(one, 0).values())
    assert all(cell.text.isprintable() for cell in set_summary(one.frame, one))


def test_at_80_columns_pod_claim_and_attachment_remain() -> None:
    shown = {column.id for column, _ in fit_layout(made().columns, 80).columns}

    assert {"ordinal", "pod", "phase", "data.state", "data.attached"} <= shown


def pods(*states: str) -> dict[int, Pod]:
    """One letter for each ordinal: r ready, n not ready, d being deleted, - none; capitals are of the old revision."""
    found = {}
    for ordinal, state in enumerate("".join(states)):
        if state == "-":
            continue
        over: dict[str, Any] = {
            "metadata": {"labels": {"controller-revision-hash": "new" if state.islower() else "old"}}
        }
        if state.lower() == "d":
            over["metadata"]["deletionTimestamp"] = stamp(1)
        found[ordinal] = pod(f"shop/db-{ordinal}", phase="Pending" if state.lower() == "n" else "Running", **over)
    return found


ROLLING: dict[str, Any] = {"status": {"currentRevision": "old", "updateRevision": "new"}}


@pytest.mark.parametrize(
    ("states", "over", "expected"),
    [
        ("rrr", {}, None),
        ("rn-", {}, (1, (2,))),
        ("---", {}, (0, (1, 2))),
        ("-rr", {}, None),
        ("rrn", {}, None),
        ("rd-", {}, (1, (2,))),
        ("n--", {"spec": {"podManagementPolicy": "Parallel"}}, None),
        ("n--", {"metadata": {"deletionTimestamp": stamp(1)}}, None),
        ("RRn", ROLLING, (2, (0, 1))),
        ("RRr", ROLLING, None),
        ("Nnr", ROLLING, (0, ())),
        ("NRr", ROLLING, (0, (1,))),
        ("RRn", {**ROLLING, "spec": {"updateStrategy": {"rollingUpdate": {"partition": 1}}}}, (2, (1,))),
        ("RRn", {**ROLLING, "spec": {"updateStrategy": {"type": "OnDelete"}}}, None),
    ],
)
def test_which_ordinal_holds_up_which(
    states: str, over: dict[str, Any], expected: tuple[int, tuple[int, ...]] | None
) -> None:
    found = frontier(stateful_set("shop/db", **over), pods(states), LIMIT)

    assert found == (expected if expected and expected[1] else None)


@pytest.mark.parametrize(("ordinals", "text"), [((2,), "#2"), ((2, 3, 4, 7), "#2–#4, #7"), ((1, 2), "#1–#2"), ((), "")])
def test_runs_of_ordinals_are_put_together(ordinals: tuple[int, ...], text: str) -> None:
    assert ordinals_text(ordinals) == text


def test_the_set_in_a_line() -> None:
    frame: Frame = shop_frame()
    found = matrix(frame, DB)
    assert found is not None

    assert [cell.text for cell in set_summary(frame, found)] == [
        "StatefulSet shop/db",
        "3 wanted, 1 ready",
        "1 claim left behind",
        "#1 blocks #2",
        "template data 10Gi (1 claim differs)",
        "✓ db",
        "OrderedReady",
    ]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({}, "Claims are kept when the set is scaled down or deleted."),
        ({"whenScaled": "Delete"}, "Claims are deleted when the set is scaled down, and kept when it is deleted."),
        (
            {"whenScaled": "Delete", "whenDeleted": "Delete"},
            "Claims are deleted when the set is scaled down or deleted.",
        ),
    ],
)
def test_what_becomes_of_the_claims(policy: dict[str, str], expected: str) -> None:
    owner = stateful_set("shop/db", spec={"persistentVolumeClaimRetentionPolicy": policy})

    assert retention_words(owner) == expected


def test_a_set_without_a_service_has_no_dns_names() -> None:
    assert dns_name(stateful_set("shop/db", spec={"serviceName": None}), 0).text == "–"


def test_owned_pods_alone_are_of_the_set() -> None:
    assert owned("StatefulSet", "db")["ownerReferences"][0]["controller"] is True
    assert {one.name for one in shop() if one.kind is Kind.POD} == {"db-0", "db-1"}
