"""Several classes are marked as the default."""

from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Rule, State, Symptom
from storagetui.diagnosis.words import joined, listed, things
from storagetui.model.classes import StorageClass

AMBIGUOUS = State(
    code="default-class-ambiguous",
    title="Several default classes, or none",
    severity=Severity.LOW,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Of several default classes the newest counts, of equally old ones the first by name (Kubernetes 1.26); older "
        "versions refused claims without a class. It is told at the class that counts. With no default at all claims "
        "without a class stay unbound, which is told at those claims."
    ),
    remedies=("Take the mark of the default off all classes but one",),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#class-1",),
    is_aside=True,
)
DEFAULT = Symptom("class is marked as the default", StorageClass, lambda one: one.is_default)


def find(storage_class: StorageClass, ctx: Context) -> Iterator[Finding]:
    """Yield at the class that counts when others are marked too."""
    marked = sorted(one.name for one in ctx.cluster.all(StorageClass).values() if one.is_default)
    if len(marked) < 2 or counting_default(ctx) != storage_class.name:
        return
    others = [name for name in marked if name != storage_class.name]
    yield AMBIGUOUS.finding(
        storage_class,
        f"{len(marked)} classes are marked as the default",
        joined(
            f"{things('Class', marked)} are marked as the default. Claims without a class get "
            f"{storage_class.name}, which "
            "is the newest.",
            "An API server before 1.26 refuses such claims.",
        ),
        storage_class.creation_timestamp,
        next_step=f"Take the mark of the default (annotation is-default-class) off {listed(others)}, or off this one.",
        evidence=(
            evidence(storage_class, "default_mark" if storage_class.default_mark else "old_default_mark"),
            evidence(storage_class, "creation_timestamp"),
        ),
    )


def counting_default(ctx: Context) -> str:
    """The name of the class that claims without one are given; empty without any default.

    The newest counts, then the name (kubernetes: pkg/volume/util/storageclass.go, GetDefaultClass).
    """
    marked = [one for one in ctx.cluster.all(StorageClass).values() if one.is_default]
    if not marked:
        return ""
    newest = max((one.creation_timestamp for one in marked if one.creation_timestamp is not None), default=None)
    return min(one.name for one in marked if one.creation_timestamp == newest)


RULE = Rule(DEFAULT, (AMBIGUOUS,), find)
