"""One rule a module, named for what is seen; the catalog lists them."""
