"""State: what we believe the cluster looks like now."""
