"""What of a skin belongs to its photo and not to the face is held down: an open mouth, strange colours, cracks, a lamp.

All take and give ``Skin.own`` on the flat map, float32 hxwx3; ``gentle`` its first channel alone.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.layout import INNER_LIPS, OUTER_LIPS
from engines.vision.faces.texture import WIDTH, core, features, lips

Floats = NDArray[np.float32]

RELIEF, STEEPEST = 0.3, 0.7
MARGIN = 4
PALEST, RICHEST = np.float32(0.025), np.float32(0.05)
SURELY, FEW = 0.6, 400
CRACKS = 4.0
# Deviation of luma's logarithm within so many pixels of the map: photos of faces lay at 0.015 to 0.019 and 0.014 to 0.03.
FINE = ((3.0, 0.018), (6.0, 0.03))


def shut(own: Floats, share: float) -> Floats:
    """Without teeth and the mouth's dark inside, as far as it is open (0..1): the lips' colour goes on."""
    if share <= 0:
        return own
    inner, outer = (cv2.GaussianBlur(ring, (0, 0), 1.5) for ring in (lips(INNER_LIPS, MARGIN), lips(OUTER_LIPS, 0)))
    weight = (outer * (1 - inner))[..., None]
    sums = cv2.GaussianBlur(np.dstack([own * weight, weight]), (0, 0), WIDTH / 60)
    held = (inner * np.float32(share))[..., None]
    return own + (sums[..., :3] / (sums[..., 3:] + np.float32(1e-3)) - own) * held


def muted(own: Floats) -> Floats:
    """Colours that no skin has, paint or a drawing's, brought near to those that it has: lips and brows may differ more."""
    most = PALEST + (RICHEST - PALEST) * features()
    far = np.hypot(own[..., 1], own[..., 2])
    less = most * np.tanh(far / most) / np.maximum(far, np.float32(1e-6))
    return np.dstack([own[..., 0], own[..., 1:] * less[..., None]]).astype(np.float32)


def smooth(own: Floats, trust: Floats) -> Floats:
    """Cracks of varnish, brush strokes and grain held down to what pores and fine lines of a photo have.

    On plain skin all fine detail is made fainter; of eyes, brows and lips only what is no stronger than the cracks are.
    """
    feature = features()[..., None]
    plain = (core() * (1 - features()) * trust) > SURELY
    if np.count_nonzero(plain) < FEW:
        return own
    made = own
    for reach, most in FINE:
        soft = cv2.GaussianBlur(own, (0, 0), reach)
        detail = own - soft
        less = np.float32(1 - min(1.0, most / max(float(detail[..., 0][plain].std()), 1e-6)))
        faint = np.clip(detail, *(side * CRACKS * less * detail[plain].std(axis=0) for side in (-1, 1)))
        made = made - (detail * less * (1 - feature) + faint * feature)
        own = soft
    return made.astype(np.float32)


def gentle(stops: Floats) -> Floats:
    """Light and shade of the face's relief, held below what only a lamp from the side makes."""
    over = np.maximum(np.abs(stops) - np.float32(RELIEF), 0)
    room = np.float32(STEEPEST - RELIEF)
    return np.sign(stops) * (np.minimum(np.abs(stops), np.float32(RELIEF)) + room * np.tanh(over / room))
