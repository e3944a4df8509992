"""Why a claim is not Bound."""
