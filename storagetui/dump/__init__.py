"""Clusters written to files: what `kubectl get`, `kubectl cluster-info dump` and a must-gather leave behind."""
