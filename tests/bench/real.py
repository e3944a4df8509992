"""`make bench-real`: the program on a real API server, beside a raw reader of the same bytes, against the bars."""

import asyncio
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from storagetui.model.keys import Kind
from tests.bench import rates, scenes
from tests.bench.objects import Size
from tests.bench.page import Bar, Part, milliseconds, run_json, section
from tests.bench.scenes import Figures
from tests.bench.soak import World
from tests.bench.synthetic import Effort
from tests.bench.terminal import cpu_s
from tests.bench.writer import Writer
from tests.realcluster.programs import API_SERVER
from tests.realcluster.scale import BareCluster, bare_cluster, fill

EFFORT = Effort(rounds=3, marks=200, keys=200, idle_s=60.0)
_GROWN_S = 600.0
"""After which an age is told in minutes."""
PART = Part("On a real API server", "", ("what", "bar", "found", ""))


@contextmanager
def world(pods: int, data: Path | None) -> Iterator[World]:
    """A cluster to soak in."""
    size = Size.of(pods)
    with bare_cluster(data) as cluster:
        filled(cluster, size)
        with rates.loading(cluster) as load:
            yield World(cluster.kubeconfig(), size, load.rate, load.compact, lambda: load.count()[0])


def report(pods: int, effort: Effort, data: Path | None) -> Iterator[str]:
    """The lines of the section, as they come about."""
    size = Size(pods, pods // 2)
    with bare_cluster(data) as cluster:
        made = filled(cluster, size)
        rows = list(_said(_bars(cluster, size, effort, made)))
        about = (
            f"{size.pods:,} pods, {size.claims:,} claims, volumes and attachments on kube-apiserver and etcd beside us."
        )
        yield from section(PART._replace(about=about), rows)


def _said(rows: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Say each as it comes: it takes a quarter of an hour until they are printed together."""
    for row in rows:
        _say(" | ".join(row))
        yield row


def filled(cluster: BareCluster, size: Size) -> float:
    """Have the cluster hold all objects, and its API server know them; returns when they were made, if only now."""
    made = -math.inf
    if not cluster.is_filled:
        _say(f"creating {size.pods:,} pods and the rest: some minutes")
        asyncio.run(fill(cluster, size))
        cluster.keep()
        made = time.monotonic()
    cluster.rest.call("GET", "/api/v1/pods?limit=1")
    return made


def _bars(cluster: BareCluster, size: Size, effort: Effort, made: float) -> Iterator[tuple[str, ...]]:
    file, server = cluster.kubeconfig(), cluster.pid(API_SERVER)
    raws, lists, loads, stalls = list[Figures](), list[Figures](), list[Figures](), list[float]()
    for _ in range(effort.rounds):
        raws.append(_read("raw", file, server))
        lists.append(_read("ours", file, server))
        with scenes.program(file) as seen:
            loads.append(scenes.load(seen, size))
        stalls.append(_stall_ms(file, size))
        _say(f"raw {_short(raws[-1])}; ours {_short(lists[-1])}; loaded {_short(loads[-1])}; stall {stalls[-1]:.0f} ms")
    raw, ours, found = (scenes.medians(one) for one in (raws, lists, loads))
    yield ("first bytes on screen", "", f"{found['first_s']:.2f} s", "")
    yield Bar("claims complete on screen", 0.9, "s", found["claims_s"]).row
    yield Bar("everything complete", 4.5, "s", found["all_s"]).row
    yield (
        "raw read of the pods",
        "",
        f"{raw['seconds']:.2f} s, {raw['MB']:.0f} MB, server {raw['server_s']:.2f} s",
        "",
    )
    yield Bar("list of the pods, to the raw read", 1.3, "x", ours["seconds"] / raw["seconds"]).row
    yield Bar("server's processor time for it, to the raw read", 1.2, "x", ours["server_s"] / raw["server_s"]).row
    yield Bar("longest stall while loading", 50, "ms", sorted(stalls)[len(stalls) // 2]).row
    with scenes.program(file) as seen:
        scenes.load(seen, size)
        if (young_s := made + _GROWN_S - time.monotonic()) > 0.0:
            _say(f"waiting for {young_s:.0f} s: the ages of younger objects count seconds, all over the screen")
            time.sleep(young_s)
        scenes.settled(seen)
        yield Bar("idle processor time", 0.5, "%", scenes.idle(seen, effort.idle_s)).row
        writer = Writer(cluster, size)
        spread = scenes.changes(seen, writer.marks(effort.marks))
        yield (f"changes seen, of {spread.tries + spread.lost}", "", str(spread.tries), "")
        yield Bar("a change in a quiet cluster, median", 15, "ms", spread.p50).row
        yield Bar("a change in a quiet cluster, p99", 40, "ms", spread.p99).row
        pressed = scenes.keys(seen, effort.keys)
        yield ("a key in a quiet cluster", "", f"{milliseconds(pressed.p50)}, p99 {milliseconds(pressed.p99)}", "")
        yield from rates.rows(cluster, seen, writer, effort)
        yield Bar("memory at its highest", 170, "MiB", max(seen.memory()[1], found["RSS_MiB"])).row


def _read(how: str, file: Path, server: int) -> Figures:
    before = cpu_s(server)
    found = run_json("reading", how, str(file), str(Kind.POD))
    return {**found, "server_s": cpu_s(server) - before}


def _stall_ms(file: Path, size: Size) -> float:
    with TemporaryDirectory() as folder:
        meter = Path(folder) / "meter"
        with scenes.program(file, meter=meter) as seen:
            scenes.load(seen, size)
            said = scenes.metered(seen, meter)
            _say(f"stalls (at ms, of ms): {said['worst']}")
            return float(said["stall_ms"])


def _short(figures: Figures) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in figures.items())


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
