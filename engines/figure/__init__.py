"""Drawn characters: mannequins, poses and parts read from assets/figure and drawn with skia at any size."""
