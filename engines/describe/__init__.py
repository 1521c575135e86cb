"""Engines that say what pictures show."""
