"""Transport: how facts come over the wire."""
