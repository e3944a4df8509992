import os
from pathlib import Path

import pytest

from storagetui.errors import KubeconfigError
from storagetui.kube import kubeconfig_file
from storagetui.kube.kubeconfig_file import Kubeconfig, merge, parse

FILE = "/home/jane/.kube/config"


def parsed(text: str, file: str = FILE) -> Kubeconfig:
    return parse(file, text.encode())


def problem(text: str) -> str:
    with pytest.raises(KubeconfigError) as raised:
        parsed(text)
    return str(raised.value)


def test_paths_are_relative_to_their_file_and_a_tilde_is_a_name() -> None:
    config = parsed(
        """
        clusters:
        - {name: c, cluster: {server: s, certificate-authority: ../ca/./ca.crt}}
        users:
        - {name: u, user: {client-certificate: me.crt, client-key: /etc/me.key, tokenFile: ~/token}}
        - {name: v, user: {exec: {command: ../bin/plugin}}}
        - {name: w, user: {exec: {command: plugin}}}
        """
    )
    user = config.users["u"].value
    plugins = [found.exec.command for name in "vw" if (found := config.users[name].value).exec]
    assert config.clusters["c"].value.certificate_authority == "/home/jane/ca/ca.crt"
    assert (user.client_certificate, user.client_key) == ("/home/jane/.kube/me.crt", "/etc/me.key")
    assert user.token_file == "/home/jane/.kube/~/token"
    assert plugins == ["/home/jane/bin/plugin", "plugin"]


def test_every_entry_knows_its_file() -> None:
    first = parsed("users: [{name: u, user: {}}]", "/a")
    second = parsed("{users: [{name: u, user: {}}, {name: v, user: {}}], contexts: [{name: x, context: {}}]}", "/b")
    merged = merge([first, second])
    assert merged.files == ("/a", "/b")
    assert str(merged.users["u"]) == 'user "u" in /a'
    assert str(merged.users["v"]) == 'user "v" in /b'
    assert str(merged.contexts["x"]) == 'context "x" in /b'


def test_credentials_do_not_show_themselves() -> None:
    config = parsed(
        """
        clusters:
        - {name: c, cluster: {server: s, proxy-url: "http://me:hidden@proxy"}}
        users:
        - name: u
          user:
            token: hidden
            password: hidden
            client-key-data: aGlkZGVu
            auth-provider: {name: oidc, config: {refresh-token: hidden}}
            exec: {command: c, args: [--secret=hidden], env: [{name: A, value: hidden}]}
        """
    )
    assert "hidden" not in repr(config)
    assert "hidden" not in str(config.users)
    assert config.users["u"].value.token.reveal() == "hidden"
    assert config.users["u"].value.client_key_data.reveal() == b"hidden"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("users: [{name: u, user: {token: 12345678}}]", 'user "u": Expected `str`, got `int` - at `$.token`'),
        (
            "users: [{name: u, user: {exec: {args: [1]}}}]",
            'user "u": Expected `str`, got `int` - at `$.exec.args[0]`',
        ),
        ("clusters: [{name: c, cluster: {certificate-authority-data: hidden}}]", 'cluster "c": Invalid base64'),
        ("clusters: {c: {}}", "clusters must be a list"),
        ("clusters: [text]", "clusters must be a list"),
        ("contexts: [{name: 7, context: {}}]", "the context named 7 needs its name in quotes"),
        ("contexts: [{name: x, context: [hidden]}]", 'context "x": Expected `object`'),
        ("users: [{name: u}, {name: u}]", 'two entries for the user "u"'),
        ("current-context: 7", "current-context must be a text"),
        ("kind: Deployment", "its kind is 'Deployment'"),
        ("apiVersion: v1beta1", "its apiVersion is 'v1beta1'"),
        ("- a\n- b", "it holds no mapping"),
        ("users:\n- token: hidden\n  - b", "line 3 is not YAML"),
        ("a: !!python/object/apply:os.system [hidden]", "line 1 is not YAML"),
        ("\x00", "is not YAML"),
    ],
)
def test_errors_name_the_file_and_the_entry_and_no_value(text: str, says: str) -> None:
    said = problem(text)
    assert FILE in said
    assert says in said
    assert "hidden" not in said
    assert "12345678" not in said


def test_a_file_that_is_not_text_is_not_yaml() -> None:
    with pytest.raises(KubeconfigError, match="is not YAML"):
        parse(FILE, b"\xff\xfe\x00\x01\x02")


def test_the_files_of_the_environment_are_read_in_order(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(f"current-context: {name}")
    (tmp_path / "empty").touch()
    listed = [f"{tmp_path}/{name}" for name in ("empty", "missing", "b", "a", "b")]
    config = kubeconfig_file.read({"KUBECONFIG": os.pathsep.join(["", *listed, ""])})
    assert config.current_context == "b"
    assert config.files == (listed[0], listed[2], listed[3])
    assert config.missing == (listed[1],)


def test_without_a_variable_it_is_the_file_at_home(tmp_path: Path) -> None:
    home = tmp_path / ".kube"
    home.mkdir()
    (home / "config").write_text("current-context: home")
    assert kubeconfig_file.read({"HOME": str(tmp_path)}).current_context == "home"
    assert kubeconfig_file.read({"HOME": str(tmp_path), "KUBECONFIG": ""}).current_context == "home"
    assert kubeconfig_file.read({"HOME": str(tmp_path / "else")}).missing == (f"{tmp_path}/else/.kube/config",)


def test_an_explicit_file_is_the_only_one_and_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("current-context: a")
    (tmp_path / "b").write_text("current-context: b")
    environ = {"KUBECONFIG": str(tmp_path / "a")}
    assert kubeconfig_file.read(environ, str(tmp_path / "b")).current_context == "b"
    monkeypatch.chdir(tmp_path)
    assert kubeconfig_file.read(environ, "b").files == (str(tmp_path / "b"),)
    with pytest.raises(KubeconfigError, match="nowhere does not exist"):
        kubeconfig_file.read(environ, str(tmp_path / "nowhere"))
    with pytest.raises(KubeconfigError, match="A ~ in it is not expanded"):
        kubeconfig_file.read(environ, "~/config")


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match=f"{tmp_path} cannot be read: Is a directory"):
        kubeconfig_file.read({"KUBECONFIG": str(tmp_path)})
