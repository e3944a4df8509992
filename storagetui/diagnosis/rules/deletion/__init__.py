"""Why a claim or a volume does not go, and what becomes of the data when it does."""
