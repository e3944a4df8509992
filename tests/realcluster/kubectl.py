"""The kubectl that was built beside the servers, as one user."""

import asyncio
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

TIMEOUT_S = 60.0


class KubectlFailed(RuntimeError):
    """kubectl ended with an error; the message is what it wrote to standard error."""


class Kubectl:
    """Run kubectl with one kubeconfig, by default in one namespace."""

    def __init__(self, program: Path, kubeconfig: Path, namespace: str = "default") -> None:
        self._start = [str(program), "--kubeconfig", str(kubeconfig), "--namespace", namespace]

    def __call__(self, *arguments: str, input: str | None = None) -> str:
        """Return what kubectl prints. Raises KubectlFailed."""
        done = subprocess.run(
            self._start + list(arguments), input=input, capture_output=True, text=True, timeout=TIMEOUT_S
        )
        return _output(arguments, done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: str) -> Any:
        """Return what kubectl prints with ``-o json``, decoded."""
        return json.loads(self(*arguments, "-o", "json"))

    async def run(self, *arguments: str, input: str | None = None) -> str:
        """Do the same without stopping the event loop."""
        pipe = asyncio.subprocess.PIPE
        command = self._start + list(arguments)
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                out, err = await process.communicate(None if input is None else input.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return _output(arguments, process.returncode or 0, out.decode(), err.decode())

    def apply(self, *manifests: Any) -> str:
        """Apply manifests."""
        return self("apply", "-f", "-", input=yaml.safe_dump_all(manifests))


def _output(arguments: Sequence[str], code: int, out: str, err: str) -> str:
    if code:
        raise KubectlFailed(f"kubectl {' '.join(arguments)}: {err.strip() or out.strip()}")
    return out
