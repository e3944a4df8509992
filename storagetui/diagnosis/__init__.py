"""Opinions: pure functions of facts and time."""
