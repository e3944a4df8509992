import asyncio
import os
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from storagetui.errors import CredentialsError, KubeconfigError, StorageTuiError
from storagetui.kube.connection import Connection
from storagetui.kube.kubeconfig_file import Cluster, Located, User
from storagetui.kube.secret import Blob
from storagetui.kube.tls import Contexts, KeyPair, show, verifying_context
from tests.kube.pki import Authority, Pair, write
from tests.kube.wire import Recorder, tls_context

FILE = "/home/jane/.kube/config"


def connected(cluster: Cluster, user: User) -> Connection:
    return Connection(
        context="x", server="https://a", cluster=Located("c", FILE, cluster), user=Located("u", FILE, user)
    )


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


async def client_seen(context: ssl.SSLContext, authority: Authority, name: str = "127.0.0.1") -> str:
    """Whose certificate a server sees when it is reached with a context."""
    server_tls = tls_context(authority.server("127.0.0.1", "a.example"), authority)
    async with Recorder(tls=server_tls) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context, server_hostname=name)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await reader.readexactly(12)
        writer.close()
        await writer.wait_closed()
        return server.seen[0].client


def test_what_go_does_not_ask_for_is_not_asked_for(authority: Authority) -> None:
    context = verifying_context(authority.pem, "c")
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert not context.hostname_checks_common_name
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED


def test_without_an_authority_the_system_s_count_and_insecure_none() -> None:
    assert verifying_context(b"", "c").verify_mode == ssl.CERT_REQUIRED
    anybody = verifying_context(b"", "c", insecure=True)
    assert (anybody.verify_mode, anybody.check_hostname) == (ssl.CERT_NONE, False)


async def test_names_are_checked(authority: Authority) -> None:
    context = verifying_context(authority.pem, "c")
    await client_seen(context, authority)
    await client_seen(context, authority, "a.example")
    with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for 'b\.example'"):
        await client_seen(context, authority, "b.example")


@pytest.mark.parametrize("bundle", [b"", b"text", b"-----BEGIN CERTIFICATE-----\nZm9v\n-----END CERTIFICATE-----\n"])
def test_an_authority_must_hold_a_certificate(bundle: bytes) -> None:
    if bundle:
        with pytest.raises(KubeconfigError, match=r"The certificate-authority of the X holds no certificate \(PEM\)"):
            verifying_context(bundle, "X")


async def test_what_cannot_be_read_in_a_bundle_is_passed_over(authority: Authority) -> None:
    broken = b"-----BEGIN CERTIFICATE-----\nZm9v\n-----END CERTIFICATE-----\n"
    bundle = b"Gesellschaft f\xc3\xbcr alles\r\n" + broken + authority.pem.replace(b"\n", b"\r\n") + authority.pem
    await client_seen(verifying_context(bundle, "c"), authority)


async def test_files_that_are_replaced_are_noticed(tmp_path: Path, authority: Authority) -> None:
    def issue(name: str) -> None:
        pair = authority.client(name)
        replace(tmp_path / "me.crt", pair.certificate)
        replace(tmp_path / "me.key", pair.key)

    replace(tmp_path / "ca.crt", authority.pem)
    issue("first")
    user = User(client_certificate=f"{tmp_path}/me.crt", client_key=f"{tmp_path}/me.key")
    contexts = Contexts(connected(Cluster(certificate_authority=f"{tmp_path}/ca.crt"), user))
    first = contexts.current()
    assert contexts.current() is first
    assert await client_seen(first, authority) == "first"
    issue("second")
    second = contexts.current()
    assert second is not first
    assert await client_seen(second, authority) == "second"
    replace(tmp_path / "ca.crt", Authority().pem)
    with pytest.raises(ssl.SSLCertVerificationError):
        await client_seen(contexts.current(), authority)


def test_a_rotation_half_done_leaves_what_there_was(tmp_path: Path, authority: Authority) -> None:
    pair, other = authority.client("first"), authority.client("second")
    replace(tmp_path / "me.crt", pair.certificate)
    replace(tmp_path / "me.key", pair.key)
    user = User(client_certificate=f"{tmp_path}/me.crt", client_key=f"{tmp_path}/me.key")
    contexts = Contexts(connected(Cluster(certificate_authority_data=Blob(authority.pem)), user))
    first = contexts.current()
    replace(tmp_path / "me.crt", other.certificate)
    assert contexts.current() is first
    assert "the key belongs to another certificate" in contexts.problem
    (tmp_path / "me.key").unlink()
    assert contexts.current() is first
    assert f'client-key of the user "u" in {FILE} cannot be read' in contexts.problem
    replace(tmp_path / "me.key", other.key)
    assert contexts.current() is not first
    assert contexts.problem == ""


async def test_what_a_plug_in_gives_counts_if_the_user_has_nothing(authority: Authority) -> None:
    contexts = Contexts(connected(Cluster(certificate_authority_data=Blob(authority.pem)), User()))
    assert await client_seen(contexts.current(), authority) == ""
    given = contexts.current(key_pair(authority.client("given")))
    assert await client_seen(given, authority) == "given"
    assert contexts.current(key_pair(authority.client("again"))) is not given
    with pytest.raises(CredentialsError, match=r"The client certificate that the exec plug-in .* gave cannot be used"):
        contexts.current(KeyPair(b"nonsense", Blob(b"nonsense")))
    own = authority.client("own")
    user = User(client_certificate_data=Blob(own.certificate), client_key_data=Blob(own.key))
    contexts = Contexts(connected(Cluster(certificate_authority_data=Blob(authority.pem)), user))
    assert await client_seen(contexts.current(key_pair(authority.client("given"))), authority) == "own"


def test_files_that_are_not_there_are_named() -> None:
    for cluster, user, field in (
        (Cluster(certificate_authority="/nowhere/ca"), User(), "certificate-authority of the cluster"),
        (Cluster(), User(client_certificate="/nowhere/c", client_key="/nowhere/k"), "client-certificate of the user"),
    ):
        with pytest.raises(
            KubeconfigError, match=f"The {field} .* cannot be read: /nowhere/.*: No such file"
        ) as raised:
            Contexts(connected(cluster, user)).current()
        assert FILE in str(raised.value)


def test_an_encrypted_key_asks_nobody(authority: Authority) -> None:
    pair = authority.client("jane")
    key = serialization.load_pem_private_key(pair.key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )
    with pytest.raises(CredentialsError, match="X cannot be used: its key is encrypted"):
        show(verifying_context(authority.pem, "c"), KeyPair(pair.certificate, Blob(key)), "X")


async def test_certificate_and_key_may_stand_in_one_file(authority: Authority) -> None:
    pair = authority.client("jane")
    both = pair.certificate + pair.key
    context = verifying_context(authority.pem, "c")
    show(context, KeyPair(both, Blob(both)), "X")
    assert await client_seen(context, authority) == "jane"


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_key_leaves_nothing_behind(
    in_memory: bool, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if not in_memory:
        monkeypatch.setattr("sys.platform", "other")
    before = descriptors()
    show(verifying_context(authority.pem, "c"), key_pair(authority.client("jane")), "X")
    with pytest.raises(StorageTuiError):
        show(verifying_context(authority.pem, "c"), KeyPair(b"nonsense", Blob(b"nonsense")), "X")
    assert list(tmp_path.iterdir()) == []
    assert descriptors() == before


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0


def replace(path: Path, data: bytes) -> None:
    """Put another file in a file's place, as whoever rotates certificates does."""
    write(path.parent, path.name + ".new", data)
    (path.parent / (path.name + ".new")).replace(path)


def key_pair(pair: Pair) -> KeyPair:
    return KeyPair(pair.certificate, Blob(pair.key))
