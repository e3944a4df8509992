"""Why a snapshot is not there, or does not go."""
