"""Why a StatefulSet is not what it should be."""
