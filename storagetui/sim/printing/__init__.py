"""The columns that the API server prints for each kind, as `kubectl get` shows them."""
