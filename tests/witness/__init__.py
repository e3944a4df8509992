"""Independent witnesses: the simulated API server against the official client, and against a real API server."""
