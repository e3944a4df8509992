"""What the program costs, measured from outside, on a terminal: `make bench` and `make bench-real`."""
