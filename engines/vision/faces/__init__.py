"""Faces: finding them, their 478 landmarks, whose they are, and following them through a clip."""
