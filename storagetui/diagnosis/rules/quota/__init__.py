"""What the limits of a namespace refuse."""
