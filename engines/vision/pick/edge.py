"""From a rough outline to a cut-out: the edge follows the picture's, and takes nothing of what was behind it."""

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.composite import Layer
from engines.vision.fringe import without_fringe
from engines.vision.guided import applied, guided

SIDE = 1280
"""Longer side at which the edge is looked for."""
RADIUS = 1 / 160
REACH = 1 / 110
"""How far from the rough outline the edge may lie, as a share of the longer side."""
EPS = 1e-4
LOW, HIGH = 0.12, 0.88


def alpha_of(rgb: Bytes, mask: Floats, soft: float = 0.0) -> Bytes:
    """uint8 HxW from a rough mask, float32 HxW 0..1, along the edges of the picture, uint8 HxWx3; blurred by ``soft`` pixels."""
    height, width = mask.shape
    factor = min(SIDE / max(height, width), 1.0)
    size = (max(round(width * factor), 1), max(round(height * factor), 1))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    rough = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    guides = tuple(np.ascontiguousarray(small[..., channel]) for channel in range(3))
    coefficients = guided(rough, guides, radius=max(round(RADIUS * max(size)), 1), eps=EPS)
    full = tuple(np.ascontiguousarray(rgb[..., channel]) for channel in range(3))
    along = np.clip((applied(coefficients, full, (height, width)) - LOW) / (HIGH - LOW), 0, 1)
    alpha = np.where(_rim(mask), along, (mask > 0.5).astype(np.float32)).astype(np.float32)
    if soft > 0:
        alpha = cv2.GaussianBlur(alpha, (0, 0), soft)
    return np.clip(alpha * 255 + 0.5, 0, 255).astype(np.uint8)


def own_colours(rgb: Bytes, alpha: Bytes) -> tuple[Bytes, Bytes]:
    """The picture with the thing's own colours where ``alpha`` (uint8 HxW) is soft, and alpha trimmed of what is background."""
    colours = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    y, v, u = (np.ascontiguousarray(colours[..., channel]) for channel in range(3))
    own, trimmed = without_fringe(Layer(y, u, v, True), alpha)
    made = cv2.cvtColor(np.dstack([own.y, own.v, own.u]), cv2.COLOR_YCrCb2RGB)
    return np.where(((trimmed > 0) & (trimmed < 255))[..., None], made, rgb).astype(np.uint8), trimmed


def _rim(mask: Floats) -> np.ndarray:  # type: ignore[type-arg]
    """Where the edge may lie, bool HxW."""
    reach = max(round(REACH * max(mask.shape)), 2)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inside = (mask > 0.5).astype(np.uint8)
    return np.asarray(cv2.dilate(inside, disc) != cv2.erode(inside, disc))
