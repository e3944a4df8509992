"""A small Kubernetes API server with controllers, in this process."""
