"""The face mesh as a map: where each landmark lies on the unrolled skin, the triangles between them, and regions."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from studio.paths import ASSETS

# Closed outlines, by MediaPipe's indices.
RIGHT_EYE_RING = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE_RING = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
OUTER_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
RIGHT_BROW = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
LEFT_BROW = (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
NOSE = (168, 6, 197, 195, 5, 4, 1, 19, 94, 2, 98, 327, 48, 278, 64, 294, 129, 358)
CHEEKS = (50, 280, 101, 330, 205, 425, 117, 346, 118, 347, 36, 266)


@dataclass(frozen=True)
class Layout:
    """``points`` float32 478x3: a neutral face, front on, one unit from eye to eye. ``flat`` float32 468x2, 0..1: its skin unrolled.

    ``triangles`` int32 898x3 cover the face without holes; ``mirror`` int32 478: each landmark's partner on the other side.
    """

    points: NDArray[np.float32]
    flat: NDArray[np.float32]
    triangles: NDArray[np.int32]
    mirror: NDArray[np.int32]


@cache
def layout() -> Layout:
    with np.load(ASSETS / "faces" / "layout.npz") as stored:
        return Layout(**{name: stored[name] for name in ("points", "flat", "triangles", "mirror")})
