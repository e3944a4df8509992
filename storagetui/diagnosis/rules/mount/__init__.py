"""Why the node cannot give the volume to the pod."""
