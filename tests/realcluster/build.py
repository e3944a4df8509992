"""Build the programs of the real cluster once, into a cache folder: ``python -m tests.realcluster.build``.

The folder is ``$STORAGETUI_REALCLUSTER_CACHE`` or the user's cache folder, and below it one folder per content of the
Go module: another version of the sources is another folder. Building needs Go and, on a machine that never built it,
its module proxy.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

GO_MODULE = Path(__file__).parent / "go"
CACHE_VARIABLE = "STORAGETUI_REALCLUSTER_CACHE"
KEPT_BUILDS = 3
PROGRESS_EVERY_S = 20.0

PROGRAMS = (
    "storagelab",
    "csi-driver",
    "csi-provisioner",
    "csi-attacher",
    "csi-resizer",
    "csi-snapshotter",
    "snapshot-controller",
)
SNAPSHOT_DEFINITIONS = "github.com/kubernetes-csi/external-snapshotter/client/v8"
"""The Go module that holds the CustomResourceDefinitions of VolumeSnapshot, in config/crd."""
VERSION_PACKAGE = "k8s.io/component-base/version"
KUBECTL = "kubectl"


class CannotBuild(RuntimeError):
    """The programs cannot be built here; the message says what to do."""


def folder() -> Path:
    """Where the programs of the present sources are, or will be."""
    root = os.environ.get(CACHE_VARIABLE)
    base = Path(root) if root else platformdirs.user_cache_path("storagetui") / "realcluster"
    return base.expanduser().absolute() / _fingerprint()


def obstacle() -> str:
    """What keeps the real cluster from running here, as a sentence that says what to do; empty when nothing does."""
    if not sys.platform.startswith("linux"):
        return "The real cluster runs on Linux alone: the kubelet is a Linux program."
    if _complete(folder()):
        return ""
    if shutil.which("go") is None:
        return f"The real cluster is not built and Go {_go_version()} or later is missing: install it."
    return "The real cluster is not built for the present sources: run `make realcluster`."


def build() -> Path:
    """Build everything unless it is there already, and return the folder. Raises CannotBuild."""
    target = folder()
    if _complete(target):
        _say(f"The real cluster is up to date in {target}.")
        return target
    go = shutil.which("go")
    if go is None:
        raise CannotBuild(f"Go {_go_version()} or later is missing: install it (https://go.dev/dl), then try again.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target.parent / "lock"):
        if not _complete(target):
            draft = Path(tempfile.mkdtemp(prefix="draft-", dir=target.parent))
            try:
                _compile(go, draft)
                _add_definitions(go, draft)
                if folder() != target:
                    raise CannotBuild("The Go sources changed while they were being built: build again.")
                os.symlink("storagelab", draft / KUBECTL)
                shutil.rmtree(target, ignore_errors=True)
                draft.rename(target)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
            _forget_old_builds(target.parent)
    _say(f"The real cluster is built in {target}.")
    return target


def _fingerprint() -> str:
    """Hash every file of the Go module, and this machine's kind."""
    digest = hashlib.sha256(platform.machine().encode())
    for path in sorted(p for p in GO_MODULE.rglob("*") if p.suffix in {".go", ".mod", ".sum"}):
        digest.update(f"\0{path.relative_to(GO_MODULE).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _complete(built: Path) -> bool:
    return all((built / name).exists() for name in (*PROGRAMS, KUBECTL, "crds"))


def _module_version(module: str) -> str:
    """The version of a direct dependency, or of Go itself, as go.mod has it."""
    found = re.search(rf"^\s*{re.escape(module)} v?(\S+)", (GO_MODULE / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise CannotBuild(f"{GO_MODULE / 'go.mod'} does not name {module}.")
    return found[1]


def _go_version() -> str:
    return _module_version("go")


def _compile(go: str, into: Path) -> None:
    version = _module_version("k8s.io/kubernetes")
    major, minor, _ = version.split(".", 2)
    stamps = {
        "gitVersion": f"v{version}",
        "gitMajor": major,
        "gitMinor": minor,
    }  # else kubectl doubts the server's version
    flags = "-s -w " + " ".join(f"-X {VERSION_PACKAGE}.{name}={value}" for name, value in stamps.items())
    workers = os.environ.get("STORAGETUI_REALCLUSTER_WORKERS", str(os.cpu_count() or 2))
    _say(f"Building Kubernetes {version} and its sidecars; 7 to 12 minutes on 2 cores the first time.")
    command = [
        go,
        "build",
        "-v",
        "-buildvcs=false",
        "-p",
        workers,
        "-ldflags",
        flags,
        "-o",
        f"{into}/",
        "./...",
        "tool",
    ]
    began = time.monotonic()
    with subprocess.Popen(command, cwd=GO_MODULE, env=_environment(), stderr=subprocess.PIPE, text=True) as compiler:
        assert compiler.stderr is not None
        said = _follow(compiler.stderr, began)
    if compiler.returncode:
        raise CannotBuild("Go could not build the real cluster:\n" + "\n".join(said[-30:]))
    _say(f"Built in {time.monotonic() - began:.0f} s.")


def _follow(lines: Iterator[str], began: float) -> list[str]:
    """Read what the compiler says, names of packages and errors. Tell how far it is, now and then."""
    said: list[str] = []
    over = threading.Event()

    def tell() -> None:
        while not over.wait(PROGRESS_EVERY_S):
            last = said[-1] if said else "downloading"
            _say(f"  {time.monotonic() - began:4.0f} s: {len(said)} packages compiled, {last}")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    said.extend(line.rstrip() for line in lines)
    over.set()
    teller.join()
    return said


def _environment() -> dict[str, str]:
    """Ours, but for what would make another build of the same sources; no C compiler is needed."""
    return {**os.environ, "GOFLAGS": "-mod=readonly", "GOWORK": "off", "CGO_ENABLED": "0"}


def _add_definitions(go: str, into: Path) -> None:
    """Put the CustomResourceDefinitions of VolumeSnapshot beside the programs, out of their Go module."""
    query = [go, "list", "-m", "-f", "{{.Dir}}", SNAPSHOT_DEFINITIONS]
    answer = subprocess.run(query, cwd=GO_MODULE, env=_environment(), check=True, capture_output=True, text=True)
    definitions = into / "crds"
    definitions.mkdir()
    for path in (Path(answer.stdout.strip()) / "config" / "crd").glob("snapshot.storage.k8s.io_*.yaml"):
        (definitions / path.name).write_bytes(path.read_bytes())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one build at a time work in the cache folder."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget_old_builds(root: Path) -> None:
    builds = sorted((p for p in root.iterdir() if _complete(p)), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in builds[KEPT_BUILDS:]:
        shutil.rmtree(old, ignore_errors=True)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Build and say so; 1 when it cannot be done."""
    try:
        build()
    except CannotBuild as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
