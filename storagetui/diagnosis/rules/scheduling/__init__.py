"""Why a pod gets no node."""
