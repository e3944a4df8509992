"""Why there is no good backup."""
