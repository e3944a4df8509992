import subprocess
import sys
from pathlib import Path

import pytest

from storagetui.errors import KubeconfigError
from storagetui.kube import in_cluster, kubeconfig
from storagetui.kube.connection import NOTHING, Connection, Impersonation, Overrides
from storagetui.kube.in_cluster import InCluster
from storagetui.kube.kubeconfig import ContextLine
from storagetui.kube.kubeconfig_file import Kubeconfig, parse

FILE = "/home/jane/.kube/config"
TWO = """
current-context: shop
contexts:
- {name: shop, context: {cluster: prod, user: jane, namespace: checkout}}
- {name: lab, context: {cluster: test, user: jane}}
clusters:
- {name: prod, cluster: {server: "https://prod.example:6443/"}}
- {name: test, cluster: {server: "https://[fd00::1]/k8s?x=1#y"}}
users:
- {name: jane, user: {token: t}}
"""
POD = InCluster("https://10.96.0.1:443", "/sa/token", "/sa/ca.crt", "monitoring")


def of(text: str) -> Kubeconfig:
    return parse(FILE, text.encode())


def resolved(text: str = TWO, overrides: Overrides = NOTHING, pod: InCluster | None = None) -> Connection:
    return kubeconfig.resolve(of(text), overrides, {}, pod)


def one(cluster: str = "{server: 'https://a'}", user: str = "{token: t}", context: str = "cluster: c, user: u") -> str:
    return (
        f"current-context: x\ncontexts: [{{name: x, context: {{{context}}}}}]\n"
        f"clusters: [{{name: c, cluster: {cluster}}}]\nusers: [{{name: u, user: {user}}}]\n"
    )


def problem(text: str, overrides: Overrides = NOTHING) -> str:
    with pytest.raises(KubeconfigError) as raised:
        resolved(text, overrides)
    return str(raised.value)


def test_the_current_context_or_the_one_asked_for() -> None:
    shop, lab = resolved(), resolved(overrides=Overrides(context="lab"))
    assert (shop.context, shop.server, shop.namespace) == ("shop", "https://prod.example:6443", "checkout")
    assert (lab.context, lab.server, lab.namespace) == ("lab", "https://[fd00::1]/k8s", "default")
    assert resolved(overrides=Overrides(namespace="web")).namespace == "web"


def test_the_identity_of_a_cluster_is_its_context_and_its_server() -> None:
    assert resolved().cluster_id == "shop@https://prod.example:6443"
    assert resolved(overrides=Overrides(namespace="web")).cluster_id == resolved().cluster_id


def test_contexts_can_be_listed_for_a_choice() -> None:
    assert kubeconfig.contexts(of(TWO)) == (
        ContextLine("lab", "test", "jane", "", FILE, current=False),
        ContextLine("shop", "prod", "jane", "checkout", FILE, current=True),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            TWO.replace("current-context: shop", ""),
            f"No context is current in {FILE}: give --context, one of lab, shop.",
        ),
        (
            TWO.replace("current-context: shop", "current-context: web"),
            f'no context "web" in {FILE}: there is lab, shop.',
        ),
        ("current-context: x", f'There is no context "x": There is no context in {FILE}: give --kubeconfig'),
        ("", f"There is no context in {FILE}: give --kubeconfig or set KUBECONFIG"),
        (
            one(context="cluster: b, user: u"),
            f'The context "x" in {FILE} names the cluster "b", which is not there: there is c.',
        ),
        (
            one(context="cluster: c, user: b"),
            f'The context "x" in {FILE} names the user "b", which is not there: there is u.',
        ),
        (one(context="user: u"), f'The context "x" in {FILE} names no cluster.'),
        (one(cluster="{}"), f'The cluster "c" in {FILE} has no server.'),
        (one(cluster="{server: 'ftp://a'}"), "has a server that is no address"),
        (one(cluster="{server: 'https://a:port'}"), "has a server that is no address"),
        (one(cluster="{server: 'https://'}"), "has a server that is no address"),
        (one(cluster="{server: 'https://me:hidden@a'}"), "put it into the user's entry"),
        (
            one(cluster="{server: 'https://a', certificate-authority: a, certificate-authority-data: Y2E=}"),
            "remove one",
        ),
        (
            one(cluster="{server: 'https://a', proxy-url: 'socks5://me:hidden@p:1080'}"),
            f'The proxy-url of the cluster "c" in {FILE} names a socks5 proxy',
        ),
        (
            one(user="{token: hidden, username: a}"),
            f'The user "u" in {FILE} has both a token and a username: remove one.',
        ),
        (
            one(user="{exec: {command: c, apiVersion: client.authentication.k8s.io/v1}}"),
            "must be Never, IfAvailable or Always",
        ),
        (
            one(user='{token: t, as: "a\\nb"}'),
            "whose name, uid, groups or extra fields hold a line break",
        ),
        (
            one(context="cluster: c, user: u, namespace: a/b"),
            '"a/b" of the context "x" cannot be the name of a namespace',
        ),
    ],
)
def test_errors_name_the_file_and_the_entry(text: str, says: str) -> None:
    said = problem(text)
    assert says in said
    assert "hidden" not in said


def test_a_long_list_of_contexts_is_cut() -> None:
    entries = "".join(f"- {{name: c{i:02}, context: {{}}}}\n" for i in range(30))
    said = problem(f"contexts:\n{entries}")
    assert "c11 and 18 more" in said
    assert "c12" not in said


def test_without_any_file_the_error_names_those_that_were_looked_for(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match=f"There is no kubeconfig \\({tmp_path}/.kube/config does not exist\\)"):
        kubeconfig.load({"HOME": str(tmp_path)}, service_account=tmp_path)


def test_no_user_is_nobody_in_particular() -> None:
    connection = resolved(one("{server: 'http://127.0.0.1:8001'}", context="cluster: c"))
    assert connection.server == "http://127.0.0.1:8001"
    assert not connection.secure
    assert connection.user.name == ""


def test_the_command_line_acts_as_somebody_else() -> None:
    text = one(user="{token: t, as: jane, as-groups: [g], as-user-extra: {k: [v]}}")
    assert resolved(text).impersonation == Impersonation(user="jane", groups=("g",), extra=(("k", ("v",)),))
    acting = resolved(text, Overrides(as_user="bob", as_uid="7", as_groups=("a", "b"))).impersonation
    assert acting == Impersonation(user="bob", uid="7", groups=("a", "b"), extra=(("k", ("v",)),))
    assert "acts as a uid, groups or extra fields, but as no user" in problem(one(), Overrides(as_groups=("a",)))


def test_headers_of_impersonation() -> None:
    acting = Impersonation(user="jane", uid="7", groups=("a", "b"), extra=(("example.com/Ä%", ("1", "2")),))
    assert acting.headers() == (
        ("Impersonate-User", "jane"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
        ("Impersonate-Extra-example.com%2F%C3%84%25", "1"),
        ("Impersonate-Extra-example.com%2F%C3%84%25", "2"),
    )
    assert Impersonation(groups=("a",)).headers() == ()


def test_in_a_pod_the_service_account_stands_in_for_a_missing_context() -> None:
    connection = resolved("", pod=POD)
    assert (connection.context, connection.server, connection.namespace) == ("in-cluster", POD.server, "monitoring")
    assert connection.user.value.token_file == "/sa/token"
    assert connection.cluster.value.certificate_authority == "/sa/ca.crt"
    assert resolved("", Overrides(namespace="web", as_user="jane"), POD).impersonation.user == "jane"
    assert resolved("", Overrides(namespace="web"), POD).namespace == "web"


def test_in_a_pod_a_kubeconfig_still_wins_and_the_pod_names_the_namespace_last() -> None:
    assert resolved(pod=POD).server == "https://prod.example:6443"
    assert resolved(pod=POD).namespace == "checkout"
    assert resolved(overrides=Overrides(context="lab"), pod=POD).namespace == "monitoring"


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    for name, text in (("token", "t"), ("ca.crt", "ca"), ("namespace", "monitoring\n")):
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_service_account_is_found_by_its_variables_and_its_token(mounted: Path) -> None:
    environ = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    expected = InCluster("https://10.96.0.1:443", f"{mounted}/token", f"{mounted}/ca.crt", "monitoring")
    assert in_cluster.find(environ, mounted) == expected
    for name in environ:
        assert in_cluster.find({k: v for k, v in environ.items() if k != name}, mounted) is None
    found = in_cluster.find(environ | {"KUBERNETES_SERVICE_HOST": "fd00::1", "POD_NAMESPACE": "mine"}, mounted)
    assert found is not None
    assert (found.server, found.namespace) == ("https://[fd00::1]:443", "mine")
    (mounted / "ca.crt").unlink()
    (mounted / "namespace").unlink()
    bare = in_cluster.find(environ, mounted)
    assert bare is not None
    assert (bare.ca_file, bare.namespace) == ("", "default")
    (mounted / "token").unlink()
    assert in_cluster.find(environ, mounted) is None


def test_a_pod_without_a_kubeconfig_loads(mounted: Path) -> None:
    environ = {"KUBERNETES_SERVICE_HOST": "::1", "KUBERNETES_SERVICE_PORT": "6443", "HOME": "/nowhere"}
    connection = kubeconfig.load(environ, service_account=mounted)
    assert connection.cluster_id == "in-cluster@https://[::1]:6443"


def test_reading_a_kubeconfig_does_not_wait_for_aiohttp_to_load() -> None:
    program = "import sys, storagetui.kube.kubeconfig; print(sorted({'aiohttp', 'ssl', 'asyncio'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
