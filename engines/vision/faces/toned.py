"""A redrawn face in the light of the one that it covers: brought to the same colours as seen from far."""

from typing import Literal

import cv2
import numpy as np

from engines.arrays import Bytes, Floats

Colour = Literal["light", "tone", "own"]
SMALL = 32
REACH = 4.0


def toned(drawn: Bytes, before: Bytes, mask: Floats, colour: Colour) -> Bytes:
    """``drawn`` with the colours of ``before`` (both uint8 NxNx3), as far as ``mask`` (float32 NxN, 0..1) counts them.

    ``light`` follows the light from place to place, over about an eighth of the side; ``tone`` is one shift for all; ``own``
    changes nothing.
    """
    weight = cv2.resize(mask, (SMALL, SMALL), interpolation=cv2.INTER_AREA)[..., None]
    if colour == "own" or weight.sum() < 1:
        return drawn
    near, far = (cv2.resize(picture, (SMALL, SMALL), interpolation=cv2.INTER_AREA) for picture in (before, drawn))
    away = (near.astype(np.float32) - far) * weight
    overall = away.sum(axis=(0, 1)) / weight.sum()
    if colour == "tone":
        shift = np.broadcast_to(overall, drawn.shape)
    else:
        spread = cv2.GaussianBlur(np.dstack([away, weight]), (0, 0), REACH)
        coarse = (spread[..., :3] + np.float32(0.05) * overall) / (spread[..., 3:] + np.float32(0.05))
        shift = cv2.resize(coarse.astype(np.float32), drawn.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(np.rint(drawn + shift), 0, 255).astype(np.uint8)
