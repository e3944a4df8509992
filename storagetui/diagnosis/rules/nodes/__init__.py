"""Why a pod does not end, and what a lost node leaves behind."""
