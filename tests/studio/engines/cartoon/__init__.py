"""Engines that hash instead of drawing: real work in many steps, nothing to install."""
