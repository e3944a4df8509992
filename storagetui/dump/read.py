"""A dump from a file, a folder or standard input."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePath

from storagetui.dump.contents import Contents
from storagetui.dump.documents import documents, latest_time
from storagetui.errors import DumpError
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS

STANDARD_INPUT = "-"
_ENDINGS = (".json", ".yaml", ".yml")
_PLURALS = {info.plural: kind for kind, info in KINDS.items()}


def read(path: str) -> Contents:
    """All that a file, a folder or, for `-`, standard input holds.

    Raises DumpError when it cannot be read, or holds no object of a kind that the program knows.
    """
    contents = Contents()
    if path == STANDARD_INPUT:
        _take(contents, sys.stdin.buffer.read(), "standard input", "", is_whole=False)
    elif Path(path).is_dir():
        for file in files(Path(path)):
            namespace, is_whole = place(file.relative_to(path))
            _take(contents, _bytes(file, contents), str(file), namespace, is_whole=is_whole)
    else:
        _take(contents, _bytes(Path(path), contents), path, "", is_whole=False)
    if not contents.records and not contents.listed:
        why = f": {contents.problems[0]}" if contents.problems else ""
        raise DumpError(
            f"{path} holds no objects of Kubernetes that matter to storage{why}; give what "
            "`kubectl get pvc,pv,pods,events,... -A -o yaml` or `kubectl cluster-info dump` writes"
        )
    return contents


def files(folder: Path) -> Iterator[Path]:
    """The files of a folder, and of folders in it, that may hold objects, by name; symbolic links are not followed."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            yield from files(path)
        elif path.suffix.lower() in _ENDINGS:
            yield path


def place(path: PurePath) -> tuple[str, bool]:
    """What the place of a file in a folder says: the namespace that it is about, and whether single objects are all.

    `kubectl cluster-info dump` writes `NAMESPACE/pods.json`; a must-gather writes `namespaces/NAMESPACE/core/pods.yaml`
    and, an object a file, `cluster-scoped-resources/core/persistentvolumes/NAME.yaml`.
    """
    parts = path.parts
    kind = _PLURALS.get(path.stem)
    if "namespaces" in parts[:-2]:
        at = parts.index("namespaces")
        in_folder = _PLURALS.get(parts[-2])
        return parts[at + 1], in_folder is not None and in_folder is not Kind.POD
    if "cluster-scoped-resources" in parts:
        return "", parts[-2] in _PLURALS
    if kind is not None and KINDS[kind].is_namespaced and len(parts) > 1:
        return parts[-2], False
    return "", False


def _bytes(path: Path, contents: Contents) -> bytes:
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        contents.written = max(written, contents.written or written)
        return path.read_bytes()
    except OSError as error:
        raise DumpError(f"{path} cannot be read: {error.strerror or error}") from error


def _take(contents: Contents, data: bytes, name: str, namespace: str, *, is_whole: bool) -> None:
    for document in documents(data):
        if isinstance(document, DumpError):
            contents.problems.append(f"{name}: {document}")
            continue
        try:
            latest = latest_time(document, len(data))
            contents.add(document, namespace=namespace, is_whole=is_whole)
        except DumpError as error:
            contents.problems.append(f"{name}: {error}")
            continue
        moment = datetime.fromisoformat(latest) if latest else None
        if moment is not None and (contents.latest is None or moment > contents.latest):
            contents.latest = moment
