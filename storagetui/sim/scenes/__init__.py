"""Named scenes: clusters with a past, healthy or with an incident in progress."""
