"""The outermost layer: the command line today, the conformance suite and the pytest plugin built on it."""
