"""Where a set's claims and its templates say different things.

The templates of a set cannot be changed, and changing a claim does not change them: after an expansion by hand they
differ until the set is made anew.
"""

from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.workloads import ClaimTemplate
from storagetui.view.format import size
from storagetui.view.text import clean


def drift(template: ClaimTemplate, claim: PersistentVolumeClaim | None) -> list[str]:
    """In what a claim differs from its template, each in a few words; empty without a claim or difference."""
    if claim is None:
        return []
    words = []
    name = clean(template.name)
    if claim.requested is not None and template.requested is not None and claim.requested != template.requested:
        words.append(f"{name} asks {size(claim.requested)}, template {size(template.requested)}")
    if template.storage_class and claim.storage_class != template.storage_class:
        held = clean(claim.storage_class) or "none"
        words.append(f"{name} class {held}, template {clean(template.storage_class)}")
    return words
