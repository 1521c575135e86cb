"""What the numbers in a picture mean: primaries, transfer, matrix and range, and what is assumed when a file doesn't say.

Codes are those of ITU-T H.273, as FFmpeg uses them.
"""

from dataclasses import dataclass, replace

import av
import numpy as np
from numpy.typing import NDArray

UNSPECIFIED = 2
RGB, BT709, FCC, BT470BG, SMPTE170M, SMPTE240M, BT2020 = 0, 1, 4, 5, 6, 7, 9
LIMITED, FULL = 1, 2
SRGB, PQ, HLG = 13, 16, 18
SD_HEIGHT = 576

# H.273 matrix code → swscale's own number for its coefficients.
SWS = {BT709: 1, FCC: 4, BT470BG: 5, SMPTE170M: 5, SMPTE240M: 7, BT2020: 9, 10: 9}
# The same numbers → the shares of red and blue in luma (H.273, table 4).
SHARES = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}


@dataclass(frozen=True)
class Colour:
    """Tags of a stream by H.273 codes; 2 (0 for the range) means that the file doesn't say."""

    primaries: int = UNSPECIFIED
    trc: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    range: int = 0

    @property
    def full(self) -> bool:
        return self.range == FULL

    @property
    def hdr(self) -> bool:
        """Perceptual quantiser or hybrid log-gamma: brighter than a plain screen can show."""
        return self.trc in (PQ, HLG)

    def with_range(self, full: bool) -> "Colour":
        """The same colour in full (0..255) or limited (16..235) range."""
        return self if full == self.full else replace(self, range=FULL if full else LIMITED)

    def sws_matrix(self, height: int) -> int:
        """swscale's coefficient set; an untagged picture is BT.709 above 576 lines, else BT.601, as players assume."""
        guess = SWS[BT709] if height > SD_HEIGHT else SWS[SMPTE170M]
        return SWS.get(self.matrix, guess)

    def from_rgb(self, height: int) -> NDArray[np.float64]:
        """The matrix 3x4 that makes codes of 8 bits (Y, Cb, Cr) of R, G, B and 1, for a picture of this height."""
        red, blue = SHARES[self.sws_matrix(height)]
        luma = np.array([red, 1 - red - blue, blue])
        cb = (np.array([0, 0, 1]) - luma) / (2 - 2 * blue)
        cr = (np.array([1, 0, 0]) - luma) / (2 - 2 * red)
        low, bright, coloured = (0, 1, 1) if self.full else (16, 219 / 255, 224 / 255)
        rows = np.stack([luma * bright, cb * coloured, cr * coloured])
        return np.hstack([rows, [[low], [128], [128]]])


UNTAGGED = Colour()
SRGB_VIDEO = Colour(BT709, BT709, BT709, LIMITED)
"""Tags of a video made from RGB pictures."""

PICTURE = Colour(BT709, SRGB, SMPTE170M, FULL)
"""A JPEG's planes (ITU-T T.871)."""


def colour_of(frame: av.VideoFrame) -> Colour:
    """Tags of a decoded frame; RGB becomes the BT.709 limited range that it'll be encoded in."""
    fmt = frame.format
    if fmt.is_rgb or fmt.has_palette:
        return SRGB_VIDEO
    tags = Colour(int(frame.color_primaries), int(frame.color_trc), int(frame.colorspace), int(frame.color_range))
    if fmt.name.startswith("yuvj"):
        return replace(tags, range=FULL)
    return tags
