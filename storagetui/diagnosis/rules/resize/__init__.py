"""Why a volume does not grow, or does not change its attributes."""
