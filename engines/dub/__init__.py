"""Engines that speak lines into a film."""
