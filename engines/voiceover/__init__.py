"""Engines that lay a sound over a film."""
