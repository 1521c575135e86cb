"""A user's own picture, cut out, in place of the library's part: laid over its region, and brought near the drawing."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.character._masks import nearest
from engines.figure.layers import REGIONS

OUTLINED = frozenset({"held", "back"})
"""Regions whose own pictures keep their outline; in the others they fill the parts'."""
CLEAR = 40
HANDS, GROUND = REGIONS.index("hands"), REGIONS.index("background")
HELD, HELD_TALL, HELD_WIDE = 0.22, 0.5, 0.6
"""How high a held thing is, and a slender one, as shares of the figure; how wide at most, of the drawing."""
SLENDER, GRIP = 2.5, 0.2
BEHIND, BEHIND_WIDE, SHOULDERS = 0.6, 0.95, 0.32
LARGEST = 3
SHADE = 0.75
"""How much of the drawing's own light and shadow lies over the picture."""
LINE = 1 / 640


def outlined(picture: Bytes, labels: NDArray[np.uint8], region: str, side: str) -> Bytes:
    """uint8 HxWx4: a cut-out (uint8 hxwx4) as it is held in a hand (``side`` l or r) or stands behind a figure whose regions are
    ``labels`` (HxW); clear elsewhere, and where the fingers lie over it.
    """
    height, width = labels.shape
    layer = np.zeros((height, width, 4), np.uint8)
    rows, columns = np.nonzero(picture[..., 3] > CLEAR)
    if not rows.size:
        return layer
    thing = picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    high, wide, (x, y) = _place(labels, region, side, thing.shape[0] / thing.shape[1])
    factor = min(high / thing.shape[0], wide / thing.shape[1])
    size = (max(round(thing.shape[1] * factor), 1), max(round(thing.shape[0] * factor), 1))
    small = cv2.resize(thing, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    left, top = round(x - size[0] / 2), round(y - size[1] / 2)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + size[0], width), min(top + size[1], height)
    layer[y0:y1, x0:x1] = small[y0 - top : y1 - top, x0 - left : x1 - left]
    hidden = labels == HANDS if region == "held" else labels != GROUND
    layer[hidden, 3] = 0
    return layer


def _place(
    labels: NDArray[np.uint8], region: str, side: str, slender: float
) -> tuple[float, float, tuple[float, float]]:
    """How high and wide a thing may be, and where its middle (x, y) is. What is slender is held below its middle."""
    rows, columns = np.nonzero(labels != GROUND)
    if not rows.size:
        return labels.shape[0] / 2, labels.shape[1] / 2, (labels.shape[1] / 2, labels.shape[0] / 2)
    tall = float(rows.max() - rows.min())
    if region == "back":
        return (
            tall * BEHIND,
            labels.shape[1] * BEHIND_WIDE,
            (float(np.median(columns)), float(rows.min()) + tall * SHOULDERS),
        )
    x, y = _hand(labels, side) or (float(columns.min() if side == "l" else columns.max()), float(rows.mean()))
    high = tall * (HELD_TALL if slender > SLENDER else HELD)
    return high, labels.shape[1] * HELD_WIDE, (x, y - (high * GRIP if slender > SLENDER else 0))


def _hand(labels: NDArray[np.uint8], side: str) -> tuple[float, float] | None:
    """Where the hand of a side is, as the viewer sees it; None where no hand is seen."""
    count, _, stats, middles = cv2.connectedComponentsWithStats((labels == HANDS).astype(np.uint8))
    large = [number for number in range(1, count) if stats[number, cv2.CC_STAT_AREA] * LARGEST >= stats[1:, 4].max()]
    if not large:
        return None
    x, y = (min if side == "l" else max)((middles[number] for number in large), key=lambda middle: float(middle[0]))
    return float(x), float(y)


def over(drawing: Bytes, layer: Bytes) -> Bytes:
    """A layer (uint8 HxWx4) over a drawing (uint8 HxWx4)."""
    share = layer[..., 3:].astype(np.float32) / 255
    out = drawing.astype(np.float32)
    kept = np.maximum(out[..., 3:], layer[..., 3:].astype(np.float32))
    out = out + (layer.astype(np.float32) - out) * share
    return np.dstack([out[..., :3], kept]).clip(0, 255).round().astype(np.uint8)


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
