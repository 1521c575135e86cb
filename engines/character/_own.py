"""A user's own picture, cut out, in place of the library's part: laid over its region, and brought near the drawing."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.character._masks import nearest

SHADE = 0.75
"""How much of the drawing's own light and shadow lies over the picture."""
LINE = 1 / 640


def laid(drawing: Bytes, picture: Bytes, region: NDArray[np.bool_]) -> Bytes:
    """The drawing (uint8 HxWx4) with a cut-out (uint8 hxwx4) filling a region (bool HxW), under the drawing's light, with its line."""
    rows, columns = np.nonzero(region)
    if not rows.size:
        return drawing
    top, left = int(rows.min()), int(columns.min())
    height, width = int(rows.max()) + 1 - top, int(columns.max()) + 1 - left
    place = (slice(top, top + height), slice(left, left + width))
    filled = _filling(picture, height, width)
    light = _light(drawing[place], region[place])
    share = (filled[..., 3:] / 255.0) * cv2.GaussianBlur(region[place].astype(np.float32), (0, 0), 1.0)[..., None]
    out = drawing.copy()
    part = out[place].astype(np.float32)
    part[..., :3] += (np.clip(filled[..., :3] * light[..., None], 0, 255) - part[..., :3]) * share
    part[..., :3] *= 1 - 0.6 * _edge(region[place], drawing.shape[0])[..., None]
    out[place] = np.clip(part + 0.5, 0, 255).astype(np.uint8)
    return out


def _filling(picture: Bytes, height: int, width: int) -> Floats:
    """What stands in the picture, scaled so that it covers height x width; transparent holes take the nearest colour."""
    rows, columns = np.nonzero(picture[..., 3] > 127)
    box = picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] if rows.size else picture
    factor = max(height / box.shape[0], width / box.shape[1])
    size = (max(round(box.shape[1] * factor), width), max(round(box.shape[0] * factor), height))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    large = cv2.resize(box, size, interpolation=method)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    crop = large[top : top + height, left : left + width]
    there = crop[..., 3] > 127
    solid = crop[..., :3] if there.all() or not there.any() else crop[..., :3][nearest(there)]
    return np.dstack([solid, np.full(there.shape, 255, np.uint8)]).astype(np.float32)


def _light(drawing: Bytes, region: NDArray[np.bool_]) -> Floats:
    """How much lighter or darker the drawing is than its usual tone in the region, about 1."""
    tone = cv2.cvtColor(np.ascontiguousarray(drawing[..., :3]), cv2.COLOR_RGB2GRAY).astype(np.float32)
    usual = float(np.median(tone[region])) or 1.0
    return np.asarray(1 + SHADE * (np.clip(tone / usual, 0.3, 1.5) - 1), np.float32)


def _edge(region: NDArray[np.bool_], height: int) -> Floats:
    """1 along the region's rim, as wide as the drawing's lines."""
    size = 2 * max(round(height * LINE), 1) + 1
    inner = cv2.erode(region.astype(np.uint8), np.ones((size, size), np.uint8), borderValue=0)
    rim = region.astype(np.float32) - inner
    return np.asarray(cv2.GaussianBlur(rim, (0, 0), 0.7), np.float32)
