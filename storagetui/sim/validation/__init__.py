"""What the simulated API server checks in an object, in the words of the real one."""
