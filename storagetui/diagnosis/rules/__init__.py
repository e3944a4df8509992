"""One symptom per module."""
