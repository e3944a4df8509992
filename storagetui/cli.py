"""The command line. What a command does not need it does not import."""

import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from storagetui import __version__
from storagetui.headless import explain, report, rules
from storagetui.options import cluster_options, live_contexts, live_opener, merged, namespaces_of, settings_of, told

SCREENS = {
    "triage": "What is stuck, why, and what to do.",
    "sets": "StatefulSets: which ordinal owns which volume.",
    "claims": "PersistentVolumeClaims.",
    "volumes": "PersistentVolumes.",
    "pods": "Pods that have volumes.",
    "attachments": "VolumeAttachments.",
}


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="storagetui")
@cluster_options
@click.pass_context
def main(context: click.Context, /, **options: Any) -> None:
    """The terminal UI to open when storage on Kubernetes is stuck.

    Without a command: the triage screen on the current kubeconfig context. `storagetui SCREEN` opens at a screen.
    """
    context.obj = options
    if context.invoked_subcommand is None:
        _live("triage", options)


def _screen_command(screen: str, words: str) -> click.Command:
    @click.pass_context
    def show(context: click.Context, /, **options: Any) -> None:
        _live(screen, merged(context.obj, options))

    return click.command(screen, help=words)(cluster_options(show))


for _screen, _words in SCREENS.items():
    main.add_command(_screen_command(_screen, _words))


for _command in (report, explain, rules):
    main.add_command(_command)


@main.command()
@click.option("--scene", default="demo", metavar="NAME", help="Which scene to play; `list` names them.")
@click.option("--screen", type=click.Choice(list(SCREENS)), default="triage", help="Where to open.")
@click.pass_context
def demo(context: click.Context, scene: str, screen: str) -> None:
    """The same on a simulated cluster: nothing to install, nothing to break.

    Prints the kubeconfig of the cluster, so that kubectl can be pointed at it.
    """
    from storagetui.sim.scenes.catalog import SCENES

    if scene == "list":
        for one in SCENES:
            click.echo(f"{one.name:28} {one.about}")
        return
    if scene not in [one.name for one in SCENES]:
        raise click.BadParameter(f"no scene is called {scene!r}; `storagetui demo --scene list` names them all")
    told(partial(_demo, scene, screen, context.obj))


@main.command()
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", help="How to print it.")
def journal(output: str) -> None:
    """What was done to which cluster, oldest first."""
    told(partial(_journal, output))


def _journal(output: str) -> None:
    import msgspec
    from platformdirs import user_state_path

    from storagetui.actions.journal import Journal
    from storagetui.view.text import clean

    for line in Journal(user_state_path("storagetui") / "journal.jsonl").entries():
        if output == "json":
            click.echo(msgspec.json.encode(line))
        else:
            words = f"{line.at:%Y-%m-%d %H:%M:%SZ}  {line.what:10}  {line.action:18}  {line.object}  {line.message}"
            click.echo(clean(f"{words}  [{line.cluster_id}]"))


def _demo(scene: str, screen: str, options: dict[str, Any]) -> None:
    from storagetui.opening import Demo

    made = Demo(scene, settings_of(options))
    try:
        note = f"kubectl --kubeconfig {made.kubeconfig}"
        click.echo(f"The simulated cluster answers to: {note} get pods,pvc,pv,sts,volumeattachments -A", err=True)
        _show(made.open, made.contexts, screen, options, demo_note=note)
    finally:
        made.close()


def _live(screen: str, options: dict[str, Any]) -> None:
    told(lambda: _show(live_opener(options), live_contexts(options), screen, options))


def _show(opener: Callable[[], Any], contexts: Any, screen: str, options: dict[str, Any], demo_note: str = "") -> None:
    """The screen, or a summary once where there is nobody to look at one."""
    namespaces = namespaces_of(options)
    if not _is_watched():
        from storagetui.report import gather, table

        click.echo(table.text(asyncio.run(gather.live(opener)), namespaces), nl=False)
        return
    from storagetui.opening import prepare
    from storagetui.ui.collecting import Collecting

    collecting = Collecting()
    imports = prepare()
    # Textual reads it when it is imported: twice its usual rate halves the wait between a key and its effect.
    os.environ.setdefault("TEXTUAL_FPS", "120")
    from storagetui.ui.app import StorageTuiApp

    namespace = namespaces[0] if len(namespaces) == 1 else ""
    first = partial(contexts.open, options["context"])
    told_of, settings = {"demo_note": demo_note, "contexts": contexts}, settings_of(options)
    app = StorageTuiApp(first, screen=screen, namespace=namespace, settings=settings, **told_of)
    app.collecting = collecting
    # Two that run at once share one interpreter: the screen would be made in fits and starts.
    imports.join()
    app.run()
    sys.exit(app.return_code or 0)


def _is_watched() -> bool:
    """Whether somebody looks: a terminal, or a browser that reads the pipe (which sets TEXTUAL_DRIVER)."""
    return sys.stdout.isatty() or "TEXTUAL_DRIVER" in os.environ
