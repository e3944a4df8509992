"""Why a volume does not get to the pod's node."""
