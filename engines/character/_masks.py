"""The map of regions as a picture that an artist can paint over, and what painting does to a drawing."""

import tomllib
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes
from engines.figure.layers import REGIONS
from studio.errors import BadInput
from studio.paths import ASSETS

Labels = NDArray[np.uint8]
"""(height, width): the index in REGIONS of what is seen at a pixel."""
SMALLEST = 16
SKEW = 0.02
"""How far the shape of a painted map may differ from the drawing's."""
LINE = 1 / 500
"""Width of the line around what was painted, as a share of the height."""
DARK = 0.45
GROUND = REGIONS.index("background")


@cache
def colours() -> Bytes:
    """uint8 regions x 3, in the order of REGIONS."""
    table = tomllib.loads((ASSETS / "figure" / "regions.toml").read_text(encoding="utf-8"))
    return np.array([tuple(bytes.fromhex(table[name]["colour"][1:])) for name in REGIONS], np.uint8)


def painted_map(labels: Labels) -> Bytes:
    """The labels as a picture, uint8 HxWx3."""
    return np.asarray(colours()[labels])


def read_map(picture: Bytes, height: int, width: int) -> Labels:
    """The labels in a picture, height x width: the region whose colour is nearest. Raises BadInput for another shape of picture."""
    rows, columns = picture.shape[:2]
    if min(rows, columns) < SMALLEST or abs(columns / rows - width / height) > SKEW * width / height:
        raise BadInput("character.other_size", width=columns, height=rows, wanted=f"{width}×{height}")
    even = cv2.resize(picture[..., :3], (width, height), interpolation=cv2.INTER_NEAREST).astype(np.int32)
    apart = [((even - colour.astype(np.int32)) ** 2).sum(-1) for colour in colours()]
    found: Labels = np.argmin(apart, 0).astype(np.uint8)
    if (found == GROUND).all():
        raise BadInput("character.empty_map")
    return found


def painted_over(drawing: Bytes, backdrop: Bytes, own: Labels, painted: Labels) -> Bytes:
    """A drawing (uint8 HxWx4) whose regions follow a painted map in place of its ``own``.

    Where a region was painted further, it goes on as the nearest pixel of it looks; where nothing is left, the ``backdrop``
    (uint8 HxWx4) is seen; a line runs along what was painted.
    """
    changed = own != painted
    if not changed.any():
        return drawing
    out = drawing.copy()
    for number in np.unique(painted[changed]):
        place = changed & (painted == number)
        if number == GROUND:
            out[place] = backdrop[place]
        elif (kept := (own == number) & ~changed).any():
            out[place] = drawing[nearest(kept)][place]
    return _lined(out, painted, changed)


def nearest(kept: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each pixel the row and the column of the nearest kept one."""
    away = (~kept).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(away, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    rows, columns = np.nonzero(kept)
    places = np.zeros((labels.max() + 1, 2), np.int64)
    places[labels[rows, columns]] = np.stack([rows, columns], 1)
    found = places[labels]
    return found[..., 0], found[..., 1]


def _lined(out: Bytes, painted: Labels, changed: NDArray[np.bool_]) -> Bytes:
    """With a line of the place's own dark colour where regions meet, near what was painted."""
    kernel = np.ones((3, 3), np.uint8)
    meets = cv2.dilate(painted, kernel) != cv2.erode(painted, kernel)
    near = cv2.dilate(changed.astype(np.uint8), kernel, iterations=2).astype(bool)
    width = max(round(out.shape[0] * LINE), 1)
    line = cv2.dilate((meets & near).astype(np.uint8), kernel, iterations=width - 1 or 1).astype(np.float32)
    share = (cv2.GaussianBlur(line, (0, 0), 0.8) * (1 - DARK))[..., None]
    out[..., :3] = np.clip(out[..., :3] * (1 - share) + 0.5, 0, 255).astype(np.uint8)
    return out
