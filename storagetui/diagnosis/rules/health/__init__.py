"""What the drivers, the nodes and the pods tell of a volume that is bound."""
