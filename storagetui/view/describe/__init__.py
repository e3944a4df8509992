"""The live description of an object, one module for each kind."""
