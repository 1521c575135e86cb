"""Engines of tests that ask a language model, and that don't."""
