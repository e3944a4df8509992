"""Who changes what is seen at the top of the claims' table of a real cluster."""

import json
import random
import ssl
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from tests.bench.objects import SET_SIZE, Size, claim_name
from tests.realcluster.scale import BareCluster

_FIRST_MARK = 20_000


class Writer:
    """Changes claims at the top of the table over one connection, and says when the server had answered."""

    def __init__(self, cluster: BareCluster, size: Size) -> None:
        trust = ssl.create_default_context(cafile=str(cluster.places.key("ca.crt")))
        self._connection = HTTPSConnection(urlsplit(cluster.server).netloc, context=trust)
        self._headers = {
            "Authorization": f"Bearer {cluster.token()}",
            "Content-Type": "application/merge-patch+json",
            "Accept": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
        }
        self._top = [claim_name(number) for number in range(min(SET_SIZE, size.claims))]
        self._mark = _FIRST_MARK
        self._chance = random.Random(3)

    def marks(self, count: int, between_s: tuple[float, float] = (0.15, 0.45)) -> Iterator[tuple[str, float]]:
        """Capacities that no claim had, each with the moment of the server's answer; of those that fail, none."""
        for _ in range(count):
            time.sleep(self._chance.uniform(*between_s))
            self._mark += 1
            namespace, name = self._top[self._mark % len(self._top)]
            mark = f"{self._mark}Gi"
            path = KINDS[Kind.PERSISTENT_VOLUME_CLAIM].path(namespace, name)
            body = json.dumps({"status": {"capacity": {"storage": mark}}})
            status, said = self._patch(f"{path}/status", body)
            if status >= 500:  # etcd may not get round to it in time on a machine that is too busy
                sys.stderr.write(f"PATCH {path}: {status} {said[:300]}\n")
                continue
            if status != HTTPStatus.OK:
                raise RuntimeError(f"PATCH {path}: {status} {said[:300]}")
            yield mark, time.monotonic()

    def _patch(self, path: str, body: str) -> tuple[int, str]:
        """Returns status and body of the answer; a server that hangs up is one that is not available."""
        try:
            self._connection.request("PATCH", path, body, self._headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except (OSError, HTTPException) as error:
            self._connection.close()  # the next request opens it again
            return HTTPStatus.SERVICE_UNAVAILABLE, f"{type(error).__name__}: {error}"
