"""Options that commands share. What is slow to import is imported when it is needed."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from storagetui.errors import StorageTuiError

EXIT_TROUBLE = 1
"""Something that the user should be told kept the command from doing its work."""

_C = TypeVar("_C", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--kubeconfig", metavar="FILE", default="", help="Kubeconfig file; default as kubectl: $KUBECONFIG."),
    click.option("--context", metavar="NAME", default="", help="Context of the kubeconfig."),
    click.option(
        "-n",
        "--namespace",
        metavar="NAME",
        default="",
        help="Show this namespace alone at first; several with commas are looked into where not all may be.",
    ),
    click.option("-A", "--all-namespaces", is_flag=True, help="Show all namespaces at first (the default)."),
    click.option("--as", "as_user", metavar="USER", default="", help="Act as this user."),
    click.option(
        "--as-group", "as_groups", metavar="GROUP", multiple=True, help="Act as in this group; may be repeated."
    ),
    click.option("--as-uid", "as_uid", metavar="UID", default="", help="Act under this uid."),
    click.option("--read-only", is_flag=True, help="Refuse every action that writes."),
    click.option(
        "--settings", "settings_file", metavar="FILE", default="", help="Settings file instead of the usual one."
    ),
)


def cluster_options(command: _C) -> _C:
    """The options that say which cluster, as whom and how; before the command's name or behind it."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def live_opener(options: dict[str, Any]) -> Callable[[], Any]:
    """What opens a session on the cluster that the options name."""
    return partial(live_contexts(options).open, options["context"])


def live_contexts(options: dict[str, Any]) -> Any:
    """The contexts of the kubeconfig that the options name, that of the options among them."""
    from storagetui.opening import Contexts, Target

    target = Target(
        kubeconfig=options["kubeconfig"],
        context=options["context"],
        namespace=options["namespace"],
        as_user=options["as_user"],
        as_uid=options["as_uid"],
        as_groups=tuple(options["as_groups"]),
    )
    return Contexts(target, settings_of(options))


def settings_of(options: dict[str, Any]) -> Any:
    """The settings of the file that was named or of the usual one; raises SettingsError."""
    import msgspec
    from platformdirs import user_config_path

    from storagetui.settings import load

    path = Path(options["settings_file"] or user_config_path("storagetui") / "settings.toml")
    settings = load(path)
    return msgspec.structs.replace(settings, read_only=settings.read_only or options["read_only"])


def merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Options before the screen's name, with those behind it over them."""
    return {name: second[name] or value for name, value in first.items()}


def told(work: Callable[[], None]) -> None:
    """Do it; what goes wrong in a way that was foreseen is told in a sentence."""
    try:
        work()
    except StorageTuiError as error:
        click.echo(f"storagetui: {error}", err=True)
        sys.exit(EXIT_TROUBLE)


def namespaces_of(options: dict[str, Any]) -> tuple[str, ...]:
    """The namespaces that are asked for; none for all of them."""
    given = "" if options["all_namespaces"] else str(options["namespace"])
    return tuple(filter(None, (one.strip() for one in given.split(","))))
