"""Intentions: what may be done to a cluster, as plans that are shown, checked and then carried out."""
