"""What to show: pure functions of a Frame, without a terminal."""
