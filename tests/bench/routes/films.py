"""What the routes have in common around their films."""

from fractions import Fraction
from pathlib import Path

from engines.media.formats import VideoOptions, recipe
from engines.media.probe import probe

CHOSEN = recipe(VideoOptions())
ENCODER = (
    *("-c:v", CHOSEN.codec, "-preset", CHOSEN.options["preset"], "-crf", CHOSEN.options["crf"]),
    *("-pix_fmt", "yuv420p"),
)
"""The studio's own choice for H.264, for everybody."""


def rate_of(path: Path) -> str:
    """A film's frames a second as ffmpeg takes them."""
    rate = Fraction(probe(path).fps)
    return f"{rate.numerator}/{rate.denominator}"
