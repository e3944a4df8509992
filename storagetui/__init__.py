"""storagetui: the terminal UI an SRE opens when storage on Kubernetes is stuck."""

__version__ = "0.1.0"
