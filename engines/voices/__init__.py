"""Engines that tell which voices there are."""
