"""Who may look into some namespaces only: what is watched there, what is known, and what is said."""

import asyncio
from pathlib import Path

from storagetui.frame import Frame
from storagetui.model.change import Feed, FeedHealth, FeedState
from storagetui.model.keys import Key, Kind
from storagetui.model.namespaces import Namespace
from storagetui.scopes import MOST_FOUND
from storagetui.session import Session
from storagetui.ui.feeds_text import feeds_paragraphs
from storagetui.ui.outlook import Outlook
from storagetui.view.header import count, feed_badge, feed_lines, scope
from storagetui.view.knowledge import is_known
from storagetui.view.tables import table
from tests.build import NOW, build, claim, pod
from tests.source import ScriptedSource, listed, session_on

CLAIMS, PODS = Feed(Kind.PERSISTENT_VOLUME_CLAIM), Feed(Kind.POD)
VOLUMES, NODES, NAMESPACES = Feed(Kind.PERSISTENT_VOLUME), Feed(Kind.NODE), Feed(Kind.NAMESPACE)


def namespace(name: str) -> Namespace:
    """A namespace."""
    return build(Namespace, name, {}, {})


class Walled(ScriptedSource):
    """A cluster in which the user may list claims in some namespaces, and nothing everywhere but namespaces."""

    def __init__(self, *open_to: str, may_list_namespaces: bool = True) -> None:
        super().__init__()
        self.open_to = open_to
        self.may_list_namespaces = may_list_namespaces
        self.questions: list[str] = []

    async def may(self, verb: str, key: Key) -> tuple[bool, str]:
        self.questions.append(f"{verb} {key.kind} {key.namespace}")
        return key.namespace in self.open_to, ""

    def answer(self, *names: str) -> None:
        """Say of every wanted feed what this server would."""
        for feed in list(self.wanted):
            if feed.namespace in self.open_to:
                self.say(FeedHealth(feed=feed, state=FeedState.LIVE, was_listed=True))
            elif feed == NAMESPACES and self.may_list_namespaces:
                self.say(*listed(feed, *(namespace(name) for name in names)))
            else:
                self.say(FeedHealth(feed=feed, state=FeedState.FORBIDDEN, message="no"))


def text(frame: Frame) -> str:
    return " ".join(line.text + " " + line.next_step for line in feed_lines(frame, NOW))


async def test_the_namespaces_that_may_be_looked_into_are_found_and_looked_into(tmp_path: Path) -> None:
    source = Walled("shop", "data")
    async with session_on(source, tmp_path) as session:
        source.answer("data", "kube-system", "other", "shop")
        await asyncio.sleep(2.0)
        asked = [f"list PersistentVolumeClaim {name}" for name in ("data", "kube-system", "other", "shop")]
        assert source.questions == asked
        assert {feed.namespace for feed in source.wanted if feed.kind is Kind.POD} == {"", "data", "shop"}
        source.answer("data", "kube-system", "other", "shop")
        source.put(claim("shop/a"), feed=Feed(Kind.PERSISTENT_VOLUME_CLAIM, "shop"))
        await asyncio.sleep(1.0)
        frame = session.frame
        assert scope(frame) == ("data", "shop")
        assert [is_known(frame, Kind.POD, name) for name in ("shop", "data", "other", "")] == [True, True, False, False]
        assert not is_known(frame, Kind.PERSISTENT_VOLUME, "shop")
        assert len(source.questions) == 4, "nothing is asked twice"


async def test_it_is_said_calmly_where_one_may_look_and_what_is_out_of_view(tmp_path: Path) -> None:
    source = Walled("shop", "data")
    async with session_on(source, tmp_path, "shop", "data") as session:
        source.answer("shop")
        await asyncio.sleep(0.2)
        source.answer("shop")
        source.put(claim("shop/a"), feed=Feed(Kind.PERSISTENT_VOLUME_CLAIM, "shop"))
        await asyncio.sleep(1.0)
        check_said(session)


def check_said(session: Session) -> None:
    frame = session.frame
    assert "You may look into 2 namespaces: data and shop; volumes," in text(frame)
    assert "get, list and watch on persistentvolumes" in text(frame)
    assert "pods" not in text(frame)
    assert count(frame, Kind.PERSISTENT_VOLUME_CLAIM).text == "1 claim"
    assert count(frame, Kind.PERSISTENT_VOLUME).text == "? volumes"
    assert "forbidden" in feed_badge(frame, NOW).text
    outlook = Outlook("")
    outlook.session, outlook.frame = session, frame
    said = "\n".join("".join(text for text, _ in one.spans) for one in feeds_paragraphs(outlook))
    assert "✖ forbidden   " in said
    assert said.count("  shop") > 10, "each feed has its line"


async def test_cells_are_as_sure_as_their_own_namespace_allows(tmp_path: Path) -> None:
    source = Walled("shop")
    async with session_on(source, tmp_path, "shop", "data") as session:
        source.answer("shop")
        await asyncio.sleep(0.2)
        source.answer("shop")
        for name in ("shop", "data"):
            source.put(claim(f"{name}/a", volume="pv-1"), feed=Feed(Kind.PERSISTENT_VOLUME_CLAIM, name))
        await asyncio.sleep(1.0)
        claims = table("claims")
        cells = {
            (record.namespace, column.id): column.cell(record, session.frame, NOW).text
            for record in session.frame.cluster.all(type(claim("x/y"))).values()
            for column in claims.columns
        }
    assert (cells["shop", "used"], cells["data", "used"]) == ("–", "?")
    assert cells["shop", "volume"] == "pv-1 ?", "volumes may not be listed: whether it is there is not known"


async def test_namespaces_come_and_go(tmp_path: Path) -> None:
    source = Walled("shop", "data")
    async with session_on(source, tmp_path) as session:
        source.answer("shop")
        await asyncio.sleep(1.0)
        source.say(*listed(NAMESPACES, namespace("shop"), namespace("data")))
        await asyncio.sleep(1.0)
        assert Feed(Kind.POD, "data") in source.wanted
        source.say(*listed(NAMESPACES, namespace("data")))
        await asyncio.sleep(1.0)
        assert {feed.namespace for feed in source.wanted if feed.kind is Kind.POD} == {"", "data"}
        session.look_into("late")
        assert Feed(Kind.POD, "late") in source.wanted


async def test_in_a_large_cluster_few_are_looked_into_and_not_all_are_asked_about(tmp_path: Path) -> None:
    names = [f"team-{number:04}" for number in range(1000)]
    source = Walled(*names)
    async with session_on(source, tmp_path):
        source.answer(*names)
        await asyncio.sleep(60.0)
        assert len({feed.namespace for feed in source.wanted if feed.kind is Kind.POD}) == MOST_FOUND + 1
        assert len(source.questions) == MOST_FOUND
    nobody = Walled()
    async with session_on(nobody, tmp_path):
        nobody.answer(*names)
        await asyncio.sleep(60.0)
        assert len(nobody.questions) == 250


async def test_who_may_look_everywhere_is_asked_nothing(tmp_path: Path) -> None:
    source = Walled("shop")
    async with session_on(source, tmp_path, "shop") as session:
        source.all_live()
        source.put(namespace("shop"), pod("shop/a"))
        await asyncio.sleep(5.0)
        assert source.questions == []
        assert scope(session.frame) == ()
        assert feed_lines(session.frame, NOW) == ()
