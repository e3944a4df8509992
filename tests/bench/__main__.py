"""Measure, and print tables: `python -m tests.bench [synthetic|real|soak|actions] ...`; `--help` says what there is."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench import actions, page, real, soak, synthetic
from tests.bench.synthetic import PARTS, QUICK, Effort

_SIZES = "1000,5000,20000,50000"
_BEGIN, _END = "<!-- {} begins -->", "<!-- {} ends -->"


def main() -> None:
    """Do what the command line says."""
    options = _options()
    about = f"Measured on {page.machine()}.{page.busy()}"
    if options.what == "soak":
        lines = _soak(options)
    elif options.what == "actions":
        with synthetic.serving(options.sizes[-1], options.formats[0]) as server:
            lines = page.section(actions.PART, actions.rows(server, *((1, 1) if options.quick else (2, 2))))
    elif options.what == "real":
        lines = list(real.report(options.sizes[-1], QUICK if options.quick else real.EFFORT, options.data))
    else:
        lines = list(_synthetic(options))
    text = "\n".join([about, "", *lines])
    sys.stdout.write(text + "\n")
    if options.write is not None:
        _write(options.write, f"{options.what}-real" if options.real else options.what, text)


def _soak(options: argparse.Namespace) -> list[str]:
    pods, form = options.sizes[0], options.formats[0]
    with real.world(pods, options.data) if options.real else soak.synthetic(pods, form) as world:
        taken, reached = soak.samples(options.minutes, options.rate, world)
    title = f"{soak.PART.title}{' on a real API server' if options.real else ''}"
    about = f"{pods:,} pods, {options.minutes:g} minutes, {reached:,.0f} changes a second. {soak.PART.about}"
    return page.section(soak.PART._replace(title=title, about=about), soak.rows(taken))


def _synthetic(options: argparse.Namespace) -> Iterator[str]:
    effort = QUICK if options.quick else Effort()
    for name in options.only:
        rows = []
        for pods in options.sizes:
            for form in options.formats:
                if form == "json" and name != "loading":
                    continue
                rows += synthetic.measured(name, pods, form, effort if form != "json" else effort._replace(rounds=1))
                sys.stderr.write(f"{name}: {rows[-1]}\n")
        yield from page.section(PARTS[name], rows)


def _write(path: Path, what: str, text: str) -> None:
    """Put the text into its place in the page; the rest stays."""
    begin, end = _BEGIN.format(what), _END.format(what)
    before = path.read_text(encoding="utf-8") if path.exists() else f"# Performance\n\n{begin}\n{end}\n"
    if begin not in before:
        before += f"\n{begin}\n{end}\n"
    head, _, rest = before.partition(begin)
    path.write_text(f"{head}{begin}\n\n{text}\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("synthetic", "real", "soak", "actions"), default="synthetic")
    parser.add_argument("--only", type=_words, default=list(PARTS), help=f"parts: {', '.join(PARTS)}")
    parser.add_argument(
        "--sizes",
        type=_numbers,
        default=None,
        help=f"numbers of pods; {_SIZES}, or 20000 where one is meant, 5000 for soak --real",
    )
    parser.add_argument("--formats", type=_words, default=["protobuf", "json"], help="protobuf, json")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and tries")
    parser.add_argument("--real", action="store_true", help="soak on etcd and kube-apiserver")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long to soak")
    parser.add_argument("--rate", type=int, default=1000, help="changes a second to soak in")
    parser.add_argument(
        "--data", type=Path, default=None, help="folder that keeps the real cluster's objects for later"
    )
    parser.add_argument("--write", type=Path, default=None, metavar="FILE", help="put the tables into that page too")
    options = parser.parse_args()
    if options.sizes is None:
        options.sizes = _numbers(_SIZES if options.what == "synthetic" else "5000" if options.real else "20000")
    return options


def _words(text: str) -> list[str]:
    return text.split(",")


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


if __name__ == "__main__":
    main()
