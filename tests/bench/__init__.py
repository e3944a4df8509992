"""`make bench`: what the program costs, as ratios to a raw reader of the same bytes in the same run."""
