"""What a printed column is, and the texts that many columns share.

Source: kubernetes/pkg/printers/internalversion/printers.go and k8s.io/apimachinery/pkg/util/duration/duration.go.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from storagetui.sim.clock import parse
from storagetui.sim.wire import Json, dig

Cells = Callable[[Json, datetime], list[Any]]
"""The cells of an object at a moment, in the order of the columns."""


class Column(msgspec.Struct, frozen=True):
    """One column's definition, as a Table carries it."""

    name: str
    type: str = "string"
    format: str = ""
    description: str = ""
    priority: int = 0
    """0 is always shown, 1 only with `-o wide`."""


class Printer(NamedTuple):
    """How objects of one kind are printed."""

    columns: tuple[Column, ...]
    cells: Cells


NAME = Column("Name", format="name", description="Name must be unique within a namespace.")
AGE = Column("Age", description="When the server created this object.")


def columns(*names: str, wide: tuple[str, ...] = (), types: dict[str, str] | None = None) -> tuple[Column, ...]:
    """Definitions of these columns in order, those of `wide` last; `types` names what is not text."""
    kinds = types or {}
    known = {"Name": NAME, "Age": AGE}
    made = [known.get(name) or Column(name, type=kinds.get(name, "string"), description=name) for name in names]
    return (*made, *(Column(name, type=kinds.get(name, "string"), description=name, priority=1) for name in wide))


def human_duration(seconds: float) -> str:
    """A duration in one or two units: `45s`, `5m7s`, `3h`, `2d4h`."""
    total = int(seconds)
    if total < -1:
        return "<invalid>"
    minutes, hours, days = total // 60, total // 3600, total // 86400
    if total < 120:
        return f"{max(0, total)}s"
    if minutes < 10:
        return _two(minutes, "m", total % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    return _two(days // 365, "y", days % 365, "d") if days < 2920 else f"{days // 365}y"


def since(stamp: Any, now: datetime) -> str:
    """How long ago a moment of the wire was."""
    if not stamp:
        return "<unknown>"
    try:
        return human_duration((now - parse(str(stamp))).total_seconds())
    except ValueError:
        return "<unknown>"


def age(obj: Json, now: datetime) -> str:
    """How old an object is."""
    return since(dig(obj, "metadata", "creationTimestamp"), now)


def containers_and_images(template: Json | None) -> list[str]:
    """Names and images of a pod template's containers, two cells."""
    containers = dig(template, "spec", "containers", default=[])
    return [",".join(str(item.get(field, "")) for item in containers) for field in ("name", "image")]


def selector_text(selector: Json | None) -> str:
    """A workload's selector in the syntax of `-l`."""
    if not selector:
        return "<none>"
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for item in selector.get("matchExpressions") or ():
        key, values = item["key"], ",".join(sorted(item.get("values") or ()))
        texts = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key}
        parts.append(texts.get(item["operator"], f"!{key}"))
    return ",".join(parts) or "<none>"


def labels_text(labels: Json | None) -> str:
    """Labels as `a=b,c=d`."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or "<none>"


def access_modes(modes: Any) -> str:
    """Access modes in their abbreviations, in the order that Kubernetes prints them."""
    short = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
    return ",".join(text for mode, text in short.items() if mode in (modes or ()))


def _two(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large}{unit}{small}{small_unit}" if small else f"{large}{unit}"
