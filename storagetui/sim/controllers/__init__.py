"""The controllers of the simulated cluster: each does for its objects what the real one does."""
