"""One object in full: its chain, what is wrong with it and why, what it is, and what was said about it."""

from collections.abc import Iterator

from storagetui.cluster.chains import claims_of_set, pods_of_set
from storagetui.cluster.relations import PODS_OF_CONTROLLER, REPLICA_SETS_OF_CONTROLLER
from storagetui.diagnosis.group import Group
from storagetui.errors import StorageTuiError
from storagetui.frame import Frame
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS, named_kind
from storagetui.model.workloads import Deployment, StatefulSet
from storagetui.report.gather import Gathered
from storagetui.report.table import heading, notes, wrapped
from storagetui.view.chain import chains
from storagetui.view.detail import describe, title
from storagetui.view.events import event_lines
from storagetui.view.section import Section
from storagetui.view.text import clean
from storagetui.view.triage import explain, ranked
from storagetui.view.worst import GLYPHS

_LABEL = 22
_EVENTS = 20


def object_key(frame: Frame, given: str, namespaces: tuple[str, ...]) -> Key:
    """The object that `KIND/NAME` names, KIND as kubectl knows it.

    Without a namespace the object of that name wherever it is, as long as there is one alone. Raises StorageTuiError,
    saying what there is instead.
    """
    word, slash, name = given.partition("/")
    kind = named_kind(word)
    if not slash or not name or kind is None:
        raise StorageTuiError(f"{clean(given)!r} names no object: write KIND/NAME, pvc/data-0 for instance")
    found = [
        key
        for key in frame.cluster.objects.get(kind, ())
        if key.name == name and (not namespaces or not key.namespace or key.namespace in namespaces)
    ]
    if len(found) > 1:
        places = ", ".join(sorted(clean(key.namespace) for key in found))
        raise StorageTuiError(f"there are several {KINDS[kind].noun} {clean(name)}: say which with -n, of {places}")
    if found:
        return found[0]
    raise StorageTuiError(f"there is no {clean(str(kind))} {clean(name)}{_where(kind, namespaces)}{_why(frame, kind)}")


def rows_about(frame: Frame, key: Key) -> tuple[Group, ...]:
    """The root causes that the object is, or by which it, or what it is made of, is hit."""
    own = {key, *_parts(frame, key)}
    return tuple(
        row
        for row in ranked(frame)
        if not own.isdisjoint((row.key, *row.hit)) or any(one.subject in own for one in row.followers.values())
    )


def _parts(frame: Frame, key: Key) -> Iterator[Key]:
    """The pods and claims of a workload."""
    cluster, owner = frame.cluster, frame.cluster.find(key)
    if isinstance(owner, StatefulSet):
        yield from (pod.key for pod in pods_of_set(cluster, owner).values())
        yield from (claim.key for claims in claims_of_set(cluster, owner).values() for claim in claims.values())
    elif isinstance(owner, Deployment):
        for owned in cluster.keys_of(REPLICA_SETS_OF_CONTROLLER, key):
            yield from cluster.keys_of(PODS_OF_CONTROLLER, owned)


def text(gathered: Gathered, key: Key) -> str:
    """The whole explanation."""
    return "\n".join(_lines(gathered, key)) + "\n"


def _lines(gathered: Gathered, key: Key) -> Iterator[str]:
    frame = gathered.frame
    yield f"{title(key)}: {heading(gathered)}"
    for note in notes(gathered):
        yield from wrapped(f"! {note}", hanging="  ")
    yield from _chain(frame, key)
    rows = rows_about(frame, key)
    if not rows:
        yield ""
        yield "Nothing is wrong with it or with what it is made of, as far as can be told."
    for row in rows:
        finding = row.finding
        own = "" if row.key == key else f": {title(row.key)}"
        yield ""
        yield clean(f"{GLYPHS[row.severity]} {row.severity} · {finding.title} [{finding.code}]{own}")
        yield from _sections(explain(row, frame, frame.at), "  ")
    yield from _sections(tuple(one for one in describe(frame, key, frame.at) if one.title != "Findings"), "")
    yield from _events(frame, key)


def _chain(frame: Frame, key: Key) -> Iterator[str]:
    for number, chain in enumerate(chains(frame, key)):
        if number == 0:
            yield ""
            yield "Chain"
        yield "  " + " ▸ ".join(f"{link.text} {link.state}".rstrip() for link in chain)


def _sections(sections: tuple[Section, ...], indent: str) -> Iterator[str]:
    for section in sections:
        yield ""
        yield f"{indent}{section.title}"
        for line in section.lines:
            label = f"{line.label:{_LABEL}}  " if any(one.label for one in section.lines) else ""
            yield from wrapped(f"{label}{line.value}".rstrip(), f"{indent}  ", " " * len(label))


def _events(frame: Frame, key: Key) -> Iterator[str]:
    record = frame.cluster.find(key)
    lines = event_lines(frame, record.key, record.uid, frame.at) if record is not None else ()
    yield ""
    yield "Events"
    if not lines:
        yield "  none are known: none was reported, or all have expired"
    for line in lines[:_EVENTS]:
        yield from wrapped(
            f"{line.time} ({line.age}) {line.glyph} {line.reason} {line.times} {line.component}: {line.message}",
            "  ",
            "  ",
        )


def _where(kind: Kind, namespaces: tuple[str, ...]) -> str:
    return f" in {clean(', '.join(namespaces))}" if namespaces and KINDS[kind].is_namespaced else ""


def _why(frame: Frame, kind: Kind) -> str:
    health = frame.health(kind)
    if health is None:
        return f": {KINDS[kind].noun} are not read here"
    return f" as far as is known: {health.message}" if health.message else ""
