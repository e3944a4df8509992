"""The commands without a screen: report, explain and rules."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from storagetui.errors import DumpError, StorageTuiError
from storagetui.options import cluster_options, live_opener, merged, namespaces_of, settings_of, told

if TYPE_CHECKING:
    from storagetui.report.gather import Gathered

EXIT_FOUND = 3
"""The report holds a finding as bad as --fail-on says, or worse."""

_FORMATS = click.Choice(["table", "json", "markdown"])
_SEVERITIES = ["critical", "high", "medium", "low"]


class _Moment(click.ParamType[datetime]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time: write it as 2026-01-15T14:02:11Z", param, ctx)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _dump_options(command: Callable[..., Any]) -> Callable[..., Any]:
    source = click.option(
        "--from",
        "source",
        metavar="FILE|DIR|-",
        default="",
        help="Read a dump instead of a cluster: JSON or YAML as kubectl writes it, or a folder of them.",
    )
    now = click.option("--now", type=_Moment(), metavar="TIME", help="The time to judge a dump as of (RFC 3339).")
    return source(now(command))


@click.command()
@_dump_options
@click.option("-o", "--output", type=_FORMATS, default="table", help="How to print it.")
@click.option("--fail-on", type=click.Choice(_SEVERITIES), help=f"Exit with {EXIT_FOUND} when something is that bad.")
@click.option("--each", is_flag=True, help="Take every file of the folder by itself; print a line of JSON for each.")
@cluster_options
@click.pass_context
def report(context: click.Context, /, **options: Any) -> None:
    """What is stuck and why: look once, print it, end.

    Exit codes: 0 when it was done, 1 when it could not be, 2 for a wrong option, 3 for a finding as --fail-on says.
    """
    given = {**options, **merged(context.obj, options)}
    if given["each"] and not given["source"]:
        raise click.UsageError("--each reads the files of a folder: name it with --from")
    told(lambda: sys.exit(_each(given) if given["each"] else _report(given)))


@click.command()
@click.argument("object_name", metavar="KIND/NAME")
@_dump_options
@click.option("-o", "--output", type=_FORMATS, default="table", help="How to print it.")
@cluster_options
@click.pass_context
def explain(context: click.Context, /, object_name: str, **options: Any) -> None:
    """One object: its chain, what is wrong and why, what to do, what it is and what was said about it."""
    given = {**options, **merged(context.obj, options)}
    told(lambda: _explain(object_name, given))


@click.command()
@click.argument("code", default="")
@click.option("-o", "--output", type=_FORMATS, default="table", help="How to print it.")
def rules(code: str, output: str) -> None:
    """What findings there are, or all about the one with that CODE."""
    told(lambda: _rules(code, output))


def _rules(code: str, output: str) -> None:
    import msgspec

    from storagetui.report import rules as catalog

    found = catalog.rules(code)
    if output == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
    else:
        click.echo((catalog.as_markdown if output == "markdown" else catalog.as_table)(found), nl=False)


def _report(options: dict[str, Any]) -> int:
    from storagetui.report import document, markdown, table

    gathered, namespaces = _gathered(options), namespaces_of(options)
    if options["output"] == "json":
        click.echo(_json(document.report(gathered.frame, namespaces, is_dump=gathered.is_dump)))
    else:
        page = markdown if options["output"] == "markdown" else table
        click.echo(page.text(gathered, namespaces), nl=False)
    return _exit_code(gathered, namespaces, options["fail_on"])


def _each(options: dict[str, Any]) -> int:
    """Every file of a folder as a dump of its own; one that cannot be read is told in its line."""
    import msgspec

    from storagetui.report import document, gather

    folder, code = Path(options["source"]), 0
    thresholds = settings_of(options).thresholds
    for path in _files(folder):
        try:
            gathered = gather.dump(str(path), thresholds, options["now"])
        except StorageTuiError as error:
            click.echo(msgspec.json.encode({"file": path.name, "findings": [], "error": str(error)}))
            code = max(code, 1)
            continue
        namespaces = namespaces_of(options)
        found = document.report(gathered.frame, namespaces, is_dump=True)
        line = {"file": path.name, "findings": found.findings, "feeds": found.feeds, "at": found.at}
        click.echo(msgspec.json.encode(line))
        code = max(code, _exit_code(gathered, namespaces, options["fail_on"]))
    return code


def _files(folder: Path) -> Iterator[Path]:
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise DumpError(f"{folder} is no folder that can be read: {error.strerror}") from error
    return (path for path in paths if path.is_file() and not path.name.startswith("."))


def _explain(object_name: str, options: dict[str, Any]) -> None:
    from storagetui.report import document, markdown
    from storagetui.report import explain as page

    gathered = _gathered(options)
    key = page.object_key(gathered.frame, object_name, namespaces_of(options))
    if options["output"] == "json":
        click.echo(
            _json(document.about(gathered.frame, page.rows_about(gathered.frame, key), is_dump=gathered.is_dump))
        )
    elif options["output"] == "markdown":
        click.echo(markdown.explained(gathered, key), nl=False)
    else:
        click.echo(page.text(gathered, key), nl=False)


def _gathered(options: dict[str, Any]) -> "Gathered":
    from storagetui.report import gather

    if options["source"]:
        return gather.dump(options["source"], settings_of(options).thresholds, options["now"])
    if options["now"] is not None:
        raise click.UsageError("--now is for dumps: name one with --from; a cluster tells its own time")
    return asyncio.run(gather.live(live_opener(options)))


def _exit_code(gathered: "Gathered", namespaces: tuple[str, ...], fail_on: str | None) -> int:
    from storagetui.diagnosis.finding import Severity
    from storagetui.view.triage import ranked_in

    if fail_on is None:
        return 0
    worst = min((row.severity.rank for row in ranked_in(gathered.frame, namespaces)), default=None)
    return EXIT_FOUND if worst is not None and worst <= Severity(fail_on).rank else 0


def _json(value: object) -> bytes:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value))
