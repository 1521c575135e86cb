"""Real small engines for the tests of the core."""
