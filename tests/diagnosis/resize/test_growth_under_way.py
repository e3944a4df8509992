from storagetui.diagnosis.finding import Certainty, Severity
from tests.build import claim, event, storage_class, volume
from tests.diagnosis.resize.test_controller_refuses import condition, growing
from tests.diagnosis.world import codes, only

REST = (volume("pv-data", claim="shop/data"), storage_class("fast"))


def test_resize_in_progress_by_condition_or_status() -> None:
    finding = only(growing(condition("Resizing", ago=7200)), *REST)
    assert (finding.code, finding.severity, finding.certainty) == (
        "resize-in-progress",
        Severity.INFO,
        Certainty.CONFIRMED,
    )
    assert finding.title == "Volume is being grown to 20Gi"
    assert "disk.csi.example has been growing the volume since 2026-01-15T12:02:11Z" in finding.explanation
    assert codes(growing(), *REST) == ["resize-in-progress"]


def test_the_event_alone_counts_for_ten_minutes() -> None:
    about = growing(state="")
    text = "External resizer is resizing volume pv-data"
    finding = only(about, event(about, "Resizing", text, warning=False, ago=599), *REST)
    assert (finding.code, finding.certainty) == ("resize-in-progress", Certainty.INFERRED)
    assert codes(about, event(about, "Resizing", text, warning=False, ago=600), *REST) == ["resize-no-resizer"]


def test_a_claim_at_rest_is_silent() -> None:
    assert codes(claim("shop/data"), *REST) == []
