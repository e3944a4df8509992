"""Facts: what Kubernetes said, one flat record per kind."""
