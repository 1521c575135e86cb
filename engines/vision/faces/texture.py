"""A face's skin, unrolled onto the layout's flat map, and the regions of that map."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.face import Face
from engines.vision.faces.layout import CHEEKS, LEFT_BROW, LEFT_EYE_RING, OUTER_LIPS, RIGHT_BROW, RIGHT_EYE_RING, layout
from engines.vision.faces.raster import fill

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

WIDTH = 512
GRAZING, SQUARE = 0.15, 0.45
EDGE = 0.11
USUAL_FEATHER, LEAST_FEATHER = 0.3, 0.1
NOSTRILS = (98, 327, 2, 60, 290, 99, 328, 97, 326)


@dataclass(frozen=True)
class Sheet:
    """``rgb`` float32 hxwx3 (0..255) on the flat map, ``seen`` float32 hxw: how squarely the camera saw each place, 0..1."""

    rgb: Floats
    seen: Floats


def unroll(picture: Bytes, face: Face) -> Sheet:
    """The skin that a photo shows. ``picture`` uint8 HxWx3. What lies outside the picture counts as not seen."""
    size = int(np.clip(face.size, 1, None))
    step = max(size // (2 * WIDTH), 1)
    if step > 1:
        picture = cv2.resize(picture, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    places = fill(
        layout().triangles, flat_points(), face.points[: len(flat_points()), :2] / np.float32(step), *map_size()
    )
    rgb = cv2.remap(picture, places, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    inside = cv2.remap(np.ones(picture.shape[:2], np.float32), places, None, cv2.INTER_NEAREST)
    return Sheet(rgb, spread(facing(face)) * inside)


def facing(face: Face, grazing: float = GRAZING, square: float = SQUARE) -> Floats:
    """How squarely each landmark of the mesh (468) looks at the camera, float32: 0 below ``grazing``, 1 from ``square`` (cosines)."""
    shape = layout()
    points = face.points[: len(shape.flat)].astype(np.float64)
    a, b, c = (points[shape.triangles[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    sums = np.zeros_like(points)
    for corner in range(3):
        for axis in range(3):
            sums[:, axis] += np.bincount(shape.triangles[:, corner], normals[:, axis], len(points))
    towards = sums[:, 2] / np.maximum(np.linalg.norm(sums, axis=1), 1e-9)
    return np.clip((towards - grazing) / (square - grazing), 0, 1).astype(np.float32)


def flat_points() -> Floats:
    """The layout's flat points in pixels of the map, float32 468x2."""
    return layout().flat * np.float32(WIDTH - 1)


def map_size() -> tuple[int, int]:
    """Height and width of the map."""
    return int(np.ceil(layout().flat[:, 1].max() * (WIDTH - 1))) + 1, WIDTH


def spread(values: Floats) -> Floats:
    """Values of the 468 landmarks over the map, float32 hxw; 0 outside the face."""
    return np.nan_to_num(
        fill(layout().triangles, flat_points(), values[:, None].astype(np.float32), *map_size())[..., 0]
    )


@cache
def whole() -> Floats:
    """1 on the face, 0 around it, float32 hxw."""
    return (spread(np.ones(len(layout().flat), np.float32)) > 0).astype(np.float32)


@cache
def edge(feather: float = USUAL_FEATHER) -> Floats:
    """0 at the rim of the face, 1 from some way inwards: usually a tenth of the map; float32 hxw."""
    padded = cv2.copyMakeBorder(whole().astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    away = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1] / (
        EDGE * max(feather / USUAL_FEATHER, LEAST_FEATHER) * WIDTH
    )
    ramp = np.clip(away - np.float32(0.1), 0, 1)
    return (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)


@cache
def features(reach: int = 4, softness: float = 3) -> Floats:
    """1 over eyes, brows, lips and nostrils with ``reach`` pixels around them, soft, float32 hxw."""
    found = np.zeros(map_size(), np.uint8)
    rings = (RIGHT_EYE_RING, RIGHT_BROW, LEFT_EYE_RING, LEFT_BROW, OUTER_LIPS, NOSTRILS)
    for ring in rings:
        cv2.fillConvexPoly(found, cv2.convexHull(np.rint(flat_points()[list(ring)]).astype(np.int32)), 1)
    found = cv2.dilate(found, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    return cv2.GaussianBlur(found.astype(np.float32), (0, 0), softness)


@cache
def lips(ring: tuple[int, ...], reach: int) -> Floats:
    """1 inside one of the lips' outlines and ``reach`` pixels around it, float32 hxw."""
    found = np.zeros(map_size(), np.uint8)
    cv2.fillPoly(found, [np.rint(flat_points()[list(ring)]).astype(np.int32)], 1)
    side = 2 * reach + 1
    return cv2.dilate(found, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))).astype(np.float32)


@cache
def core() -> Floats:
    """1 between brows, cheeks and chin, where a face that is laid on has to cover whatever it holds, soft, float32 hxw."""
    found = np.zeros(map_size(), np.uint8)
    ring = RIGHT_BROW + LEFT_BROW + OUTER_LIPS + CHEEKS
    cv2.fillConvexPoly(found, cv2.convexHull(np.rint(flat_points()[list(ring)]).astype(np.int32)), 1)
    found = cv2.dilate(found, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15)))
    return cv2.GaussianBlur(found.astype(np.float32), (0, 0), 10)


@cache
def cheeks() -> NDArray[np.bool_]:
    """Where a face shows its skin in any case: the cheeks and the nose, bool hxw."""
    found = np.zeros(map_size(), np.uint8)
    for x, y in np.rint(flat_points()[[*CHEEKS, 5, 195]]).astype(np.int32):
        cv2.circle(found, (int(x), int(y)), WIDTH // 45, 1, -1)
    return found > 0
