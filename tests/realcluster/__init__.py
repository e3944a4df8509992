"""A real Kubernetes storage stack on loopback, and the tests that run on it."""
