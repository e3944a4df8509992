"""The language of the filter line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.model.keys import Key
from storagetui.view.claims_table import CLAIMS
from storagetui.view.column import Table
from storagetui.view.ordering import arrange
from storagetui.view.pods_table import PODS
from storagetui.view.query import Query, matches, parse
from storagetui.view.tables import TABLES
from storagetui.view.volumes_table import VOLUMES
from tests.build import claim, frame_of
from tests.view.world import shop_frame

FRAME = shop_frame(
    claim("ci/scratch", phase="Pending", spec={"storageClassName": "slow"}),
    claim("shop-staging/data-db-0", spec={"storageClassName": "fast-ssd"}),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "ci/scratch shop/data-db-0 shop/data-db-1 shop/data-db-3 shop-staging/data-db-0"),
        ("scratch", "ci/scratch"),
        ("SCRATCH", "ci/scratch"),
        ("db-0 shop", "shop/data-db-0 shop-staging/data-db-0"),
        ("growing", "shop/data-db-1"),
        ("worker-b", "shop/data-db-1"),
        ("-bound", "ci/scratch"),
        ("-data", "ci/scratch"),
        ("data -growing -staging", "shop/data-db-0 shop/data-db-3"),
        ("ns:shop", "shop/data-db-0 shop/data-db-1 shop/data-db-3 shop-staging/data-db-0"),
        ("ns=shop", "shop/data-db-0 shop/data-db-1 shop/data-db-3"),
        ("namespace:CI", "ci/scratch"),
        ("class:fast", "shop/data-db-0 shop/data-db-1 shop/data-db-3 shop-staging/data-db-0"),
        ("class=fast", "shop/data-db-0 shop/data-db-1 shop/data-db-3"),
        ("class:slow,ssd", "ci/scratch shop-staging/data-db-0"),
        ("state:pending", "ci/scratch"),
        ("status:pending", "ci/scratch"),
        ("st:pending", "ci/scratch"),
        ("node:worker-b", "shop/data-db-1"),
        ("node=worker-a", "shop/data-db-0"),
        ("-ns:shop", "ci/scratch"),
        ("pod:db-1", "shop/data-db-1"),
        ('"left behind"', "shop/data-db-3"),
        ('set:"left behind"', "shop/data-db-3"),
        ('-"left behind" ns=shop', "shop/data-db-0 shop/data-db-1"),
        ("class:", "ci/scratch shop/data-db-0 shop/data-db-1 shop/data-db-3 shop-staging/data-db-0"),
        ("-", "ci/scratch shop/data-db-0 shop/data-db-1 shop/data-db-3 shop-staging/data-db-0"),
        ("24h", ""),
        ("nowhere", ""),
    ],
)
def test_what_a_filter_lets_through(text: str, expected: str) -> None:
    query = parse(text, CLAIMS)
    shown = {f"{key.namespace}/{key.name}" for key in arrange(FRAME, CLAIMS, query)}

    assert query.problem == ""
    assert shown == set(expected.split())


def test_the_namespace_looked_at_is_exact_and_goes_for_cluster_wide_objects_too() -> None:
    assert {key.namespace for key in arrange(FRAME, CLAIMS, parse("", CLAIMS, "shop"))} == {"shop"}
    assert len(arrange(FRAME, VOLUMES, parse("", VOLUMES, "shop"))) == 3
    assert len(arrange(FRAME, VOLUMES, parse("ns:shop", VOLUMES))) == 3
    assert arrange(FRAME, VOLUMES, parse("", VOLUMES, "sho")) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zonk:x", "Claims have no column 'zonk'; use one of ns, name, state,"),
        ("q:b", "or quote the text"),
        ('"open', 'A quote (") is not closed.'),
        ("s:x", "Claims have no column 's'"),
    ],
)
def test_what_cannot_be_understood_is_said_in_a_sentence(text: str, message: str) -> None:
    assert message in parse(text, CLAIMS).problem


def test_the_rest_of_a_filter_holds_beside_what_cannot_be_understood() -> None:
    query = parse("zonk:x scratch", CLAIMS)

    assert [key.name for key in arrange(FRAME, CLAIMS, query)] == ["scratch"]


def test_a_quoted_text_may_hold_any_sign() -> None:
    query = parse('"a:b=c -d"', CLAIMS)

    assert query.problem == ""
    assert [(term.field, term.texts) for term in query.terms] == [("", ("a:b=c -d",))]


def test_another_name_stands_for_the_column_that_the_table_has() -> None:
    assert parse("claims:x", PODS).terms[0].field == "claim"
    assert parse("pvc:x", PODS).terms[0].field == "claim"
    assert parse("pv:x", CLAIMS).terms[0].field == "volume"


@given(st.text(max_size=60), st.sampled_from(TABLES))
def test_no_filter_line_raises(text: str, table: Table[Any]) -> None:
    query = parse(text, table)
    for record in table.rows(FRAME).values():
        assert matches(query, table, record, FRAME) in (True, False)


def test_kept_texts_change_no_answer() -> None:
    texts: dict[Key, str] = {}
    query = parse("worker-b", CLAIMS)
    frame = frame_of(claim("shop/a"))
    row = claim("shop/a")

    assert matches(query, CLAIMS, row, frame, texts) is matches(query, CLAIMS, row, frame)
    assert Query().is_empty
