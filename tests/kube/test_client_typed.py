"""kubernetes-asyncio's typed API over our session: its requests carry what ours carry."""

import asyncio
import json
from pathlib import Path

import pytest
from kubernetes_asyncio.client import (
    ApiClient,
    ApiException,
    Configuration,
    CoreV1Api,
    V1DeleteOptions,
    V1Preconditions,
)

from storagetui.kube.client import LiveApi
from storagetui.kube.connection import Connection, Impersonation
from storagetui.kube.kubeconfig_file import Cluster, Located, User
from storagetui.kube.proxies import Proxy as ProxyAddress
from storagetui.kube.secret import Blob
from tests.kube.pki import Authority, write
from tests.kube.wire import Proxy, Recorder, Reply, Seen, tls_context

CLAIM = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data-db-0", "namespace": "shop"}}


async def test_a_typed_write_is_authenticated_and_routed_as_ours_are(tmp_path: Path) -> None:
    authority = Authority()
    token = tmp_path / "token"
    write(tmp_path, "token", b"old\n")

    async def answer(seen: Seen, writer: asyncio.StreamWriter) -> Reply:
        if seen.header("authorization") == "Bearer old":
            write(tmp_path, "token", b"new\n")
            return Reply(status=401)
        if seen.method == "DELETE":
            return Reply(status=409, body=json.dumps({"kind": "Status", "reason": "Conflict"}).encode())
        return Reply(body=json.dumps(CLAIM).encode())

    tls = tls_context(authority.server("kubernetes"))
    async with Recorder(answer, tls) as server, Proxy(server.port) as proxy:
        connection = Connection(
            context="x",
            server="https://api.example:6443/prefix",
            cluster=Located(
                "c", "f", Cluster(certificate_authority_data=Blob(authority.pem), tls_server_name="kubernetes")
            ),
            user=Located("u", "f", User(token_file=str(token))),
            impersonation=Impersonation(user="jane", groups=("a", "b")),
            proxy=ProxyAddress(proxy.url, "HTTPS_PROXY"),
        )
        async with LiveApi(connection) as api, ApiClient(Configuration(host=connection.server)) as client:
            await client.rest_client.pool_manager.close()
            client.rest_client.pool_manager = api.session
            core = CoreV1Api(client)
            body = [{"op": "replace", "path": "/spec/resources/requests/storage", "value": "2Gi"}]
            claim = await core.patch_namespaced_persistent_volume_claim("data-db-0", "shop", body, dry_run="All")
            assert claim.metadata.name == "data-db-0"
            options = V1DeleteOptions(preconditions=V1Preconditions(uid="u-1"))
            with pytest.raises(ApiException) as raised:
                await core.delete_namespaced_persistent_volume_claim("data-db-0", "shop", body=options)
            assert raised.value.status == 409

        path = "/prefix/api/v1/namespaces/shop/persistentvolumeclaims/data-db-0"
        assert [(seen.method, seen.target, seen.header("authorization")) for seen in server.seen] == [
            ("PATCH", f"{path}?dryRun=All", "Bearer old"),
            ("PATCH", f"{path}?dryRun=All", "Bearer new"),
            ("DELETE", path, "Bearer new"),
        ]
        for seen in server.seen:
            assert seen.header("impersonate-group") == "a, b"
            assert seen.server_name == "kubernetes"
        assert json.loads(server.seen[1].body) == body
        assert json.loads(server.seen[2].body)["preconditions"] == {"uid": "u-1"}
        assert proxy.seen[0].target == "api.example:6443"
