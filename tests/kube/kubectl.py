"""kubectl, the oracle: found on PATH, run with an environment of its own and without a terminal."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from tests.realcluster import build


class Ran(msgspec.Struct, frozen=True):
    """What a command came to."""

    code: int
    out: str
    err: str


def kubectl_program() -> str:
    """kubectl's path, on PATH or as the real cluster brings it; without one the test is skipped, and fails in CI."""
    program = shutil.which("kubectl") or shutil.which("kubectl", path=str(build.folder()))
    if program is None:
        message = "kubectl is not on PATH: install it, or build the real cluster's with make realcluster"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return program


def environment(home: Path, files: str, extra: Mapping[str, str] = {}) -> dict[str, str]:
    """The environment of a command: nothing of ours but PATH."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": files, **extra}


async def kubectl(environ: Mapping[str, str], *args: str, cwd: Path | None = None) -> Ran:
    """Run kubectl to its end, for a minute at most."""
    process = await asyncio.create_subprocess_exec(
        kubectl_program(),
        *args,
        env=environ,
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(55):
        out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())
