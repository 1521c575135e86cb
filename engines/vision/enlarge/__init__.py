"""Enlarging pictures: sizes, tiles, transparency, and the networks that do it."""
