"""Claims of sets that are gone: inferred, and only where everything is in view."""

from functools import partial

import pytest

from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from storagetui.view.leftovers import COLUMNS, Leftovers, group_row, group_title, leftovers
from tests.build import attachment, claim, feed_health, frame_of, live_feeds, pod, stateful_set, volume
from tests.view.world import HOSTILE, owned


def groups(*records: Record) -> dict[str, list[str]]:
    found = leftovers(frame_of(*records))
    return {f"{group.namespace}/{group.stem}": [key.name for key in group.claims] for group in found}


def test_claims_of_a_set_that_is_gone_are_grouped_in_the_order_of_their_ordinals() -> None:
    records = [claim(f"shop/data-postgres-{number}") for number in (10, 9, 0)]

    assert groups(*records) == {"shop/data-postgres": ["data-postgres-0", "data-postgres-9", "data-postgres-10"]}


@pytest.mark.parametrize(
    "others",
    [
        (claim("shop/data-postgres"),),
        (claim("shop/data-postgres-0", metadata=owned("Cluster", "pg")),),
        (claim("shop/data-postgres-0"), pod("shop/any", claims=("data-postgres-0",))),
        (claim("shop/data-postgres-0"), stateful_set("shop/postgres")),
        (claim("shop/data-postgres-7"), stateful_set("shop/postgres", replicas=1)),
    ],
    ids=["no ordinal", "owned", "used", "has its set", "scaled away, but its set is there"],
)
def test_what_is_accounted_for_is_not_left_behind(others: tuple[Record, ...]) -> None:
    assert groups(*others) == {}


def test_a_set_of_another_name_or_template_or_namespace_accounts_for_nothing() -> None:
    others = (
        stateful_set("shop/gres"),
        stateful_set("shop/postgres", templates=("wal",)),
        stateful_set("other/postgres"),
    )

    assert groups(claim("shop/data-postgres-0"), *others) == {"shop/data-postgres": ["data-postgres-0"]}


@pytest.mark.parametrize("kind", [Kind.POD, Kind.STATEFUL_SET, Kind.PERSISTENT_VOLUME_CLAIM])
def test_nothing_is_inferred_from_what_is_not_in_view(kind: Kind) -> None:
    frame = frame_of(claim("shop/data-postgres-0"), feeds=live_feeds(feed_health(kind, FeedState.LISTING)))

    assert leftovers(frame) == []
    kept = Leftovers()
    kept.show(frame)
    assert kept.groups == []


def rows(frame: Frame) -> list[list[str]]:
    return [
        [cell.text for cell in row.cells]
        for group in leftovers(frame)
        for row in map(partial(group_row, frame), group.claims)
    ]


def test_a_group_says_that_it_is_inferred_and_what_there_is() -> None:
    frame = frame_of(
        claim("shop/data-postgres-0", size="5Gi"),
        volume("pv-data-postgres-0", claim="shop/data-postgres-0", zone="a"),
        attachment("csi", volume="pv-data-postgres-0", node="gone"),
    )
    (group,) = leftovers(frame)

    assert group_title(group) == "shop/data-postgres: 1 claim without a set (inferred)"
    assert rows(frame) == [["0", "data-postgres-0", "Bound", "5Gi", "pv-data-postgres-0", "a", "✖ gone"]]
    assert len(rows(frame)[0]) == len(COLUMNS)


def test_no_cell_lets_hostile_text_through() -> None:
    frame = frame_of(claim(f"shop/{HOSTILE}-0", volume=HOSTILE, status={"phase": HOSTILE}))

    assert rows(frame) == [] or all(text.isprintable() for text in rows(frame)[0])
    assert all(group_title(group).isprintable() for group in leftovers(frame))
