"""The event recorder: counting, similar events, floods, series, expiry, in the shapes of the real ones."""

from datetime import UTC, datetime

import pytest

from storagetui.sim import objects
from storagetui.sim.clock import Clock
from storagetui.sim.events import Recorder, Source, last_seen
from storagetui.sim.store import ObjectStore
from storagetui.sim.wire import Json, name_of

KUBELET = Source("kubelet", "worker-a")
SCHEDULER = Source("default-scheduler", series=True)
CONTROLLER = Source("persistentvolume-controller")


class World:
    """A store with one claim, a held clock and a recorder."""

    def __init__(self) -> None:
        self.clock = Clock(datetime(2026, 1, 15, 14, 0, 0, tzinfo=UTC))
        self.clock.hold()
        self.store = ObjectStore(self.clock)
        self.store.create("namespaces", objects.namespace("shop"))
        self.claim = self.store.create("persistentvolumeclaims", objects.claim("shop", "data", "1Gi", "gp3"))
        self.recorder = Recorder(self.store, self.clock)

    def warn(self, source: Source, message: str, reason: str = "Failed") -> None:
        self.recorder.warning(source, "persistentvolumeclaims", self.claim, reason, message, "Acting")

    def wait(self, seconds: float) -> None:
        self.clock.turn_to(self.clock.elapsed_s() + seconds)

    def events(self) -> list[Json]:
        return self.store.list("events", "shop")


@pytest.fixture
def world() -> World:
    return World()


def test_a_repeat_is_counted_on_the_first_event(world: World) -> None:
    for _ in range(3):
        world.warn(CONTROLLER, "no such class")
        world.wait(15)
    (event,) = world.events()
    assert (event["count"], event["type"], event["reason"]) == (3, "Warning", "Failed")
    assert event["firstTimestamp"] == "2026-01-15T14:00:00Z"
    assert event["lastTimestamp"] == "2026-01-15T14:00:30Z"
    assert event["source"] == {"component": "persistentvolume-controller"}
    assert event["reportingComponent"] == "persistentvolume-controller"
    about = event["involvedObject"]
    assert (about["kind"], about["namespace"], about["name"]) == ("PersistentVolumeClaim", "shop", "data")
    assert about["uid"] == world.claim["metadata"]["uid"]
    assert name_of(event).startswith("data.")


def test_a_kubelet_names_its_node(world: World) -> None:
    world.warn(KUBELET, "cannot mount")
    (event,) = world.events()
    assert event["source"] == {"component": "kubelet", "host": "worker-a"}
    assert event["reportingInstance"] == "worker-a"


def test_another_message_is_another_event(world: World) -> None:
    world.warn(CONTROLLER, "one")
    world.warn(CONTROLLER, "two")
    assert sorted(event["message"] for event in world.events()) == ["one", "two"]


def test_more_than_ten_different_messages_are_combined(world: World) -> None:
    for number in range(14):
        world.warn(CONTROLLER, f"try {number}")
        world.wait(1)
    combined = [event for event in world.events() if event["message"].startswith("(combined from similar events): ")]
    assert len(world.events()) == 11
    assert [(event["count"], event["message"]) for event in combined] == [(4, "(combined from similar events): try 13")]


def test_a_flood_is_held_back_after_25_events(world: World) -> None:
    for _ in range(40):
        world.warn(CONTROLLER, "again")
        world.wait(1)
    assert world.events()[0]["count"] == 25
    world.wait(300)
    world.warn(CONTROLLER, "again")
    assert world.events()[0]["count"] == 41


def test_the_scheduler_writes_a_series(world: World) -> None:
    world.warn(SCHEDULER, "0/3 nodes are available")
    (first,) = world.events()
    assert (first["reportingComponent"], first["action"], first["source"]) == ("default-scheduler", "Acting", {})
    assert first["eventTime"] == "2026-01-15T14:00:00.000000Z"
    assert "series" not in first
    assert "count" not in first
    world.wait(60)
    world.warn(SCHEDULER, "0/4 nodes are available")
    (event,) = world.events()
    assert event["series"] == {"count": 2, "lastObservedTime": "2026-01-15T14:01:00.000000Z"}
    assert event["message"] == "0/3 nodes are available"


def test_a_series_that_goes_on_is_written_every_half_hour(world: World) -> None:
    for _ in range(13):
        world.warn(SCHEDULER, "0/3 nodes are available")
        world.wait(300)
    (event,) = world.events()
    assert event["series"]["count"] == 8


def test_a_series_that_was_silent_for_six_minutes_is_over(world: World) -> None:
    world.warn(SCHEDULER, "0/3 nodes are available")
    world.wait(400)
    world.warn(SCHEDULER, "0/3 nodes are available")
    assert len(world.events()) == 2


def test_an_event_that_has_expired_starts_anew(world: World) -> None:
    world.warn(CONTROLLER, "again")
    world.store.delete("events", name_of(world.events()[0]), "shop")
    world.wait(4000)
    world.warn(CONTROLLER, "again")
    assert world.events()[0]["count"] == 1


def test_events_about_things_without_namespace_are_in_default(world: World) -> None:
    world.store.create("namespaces", objects.namespace("default"))
    node = world.store.create("nodes", objects.node("worker-a", "eu-west-1a", 1))
    world.recorder.normal(CONTROLLER, "nodes", node, "NodeReady", "fine")
    assert [event["reason"] for event in world.store.list("events", "default")] == ["NodeReady"]


def test_when_an_event_was_last_seen() -> None:
    metadata = {"creationTimestamp": "2026-01-15T14:00:00Z"}
    assert last_seen({"metadata": metadata}) == "2026-01-15T14:00:00Z"
    old = {"metadata": metadata, "lastTimestamp": "2026-01-15T14:05:00Z"}
    assert last_seen(old) == "2026-01-15T14:05:00Z"
    series = {"lastObservedTime": "2026-01-15T14:09:00.000000Z"}
    assert last_seen({"metadata": metadata, "eventTime": "x", "series": series}) == "2026-01-15T14:09:00.000000Z"
