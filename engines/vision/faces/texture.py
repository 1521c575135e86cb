"""A person's skin, unrolled onto the layout's flat map, with how far each place of it may be trusted."""

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

WIDTH = 640
GRAZING, SQUARE = 0.25, 0.6
EDGE = 0.10
FAR_FROM_SKIN, NOT_SKIN = 2.5, 5.0


@dataclass(frozen=True)
class Texture:
    """``rgb`` float32 hxwx3 (0..255) on the flat map, ``trust`` float32 hxw (0..1), ``turn`` the head's, -1..1."""

    rgb: Floats
    trust: Floats
    turn: float


def unroll(picture: Bytes, face: Face) -> Texture:
    """The texture that a photo shows. ``picture`` uint8 HxWx3.

    What the camera saw at a grazing angle is taken from the other side of the face, and what isn't skin (hair, hat, glasses away
    from the eyes) isn't trusted.
    """
    shape = layout()
    places = fill(shape.triangles, flat_points(), face.points[:, :2], *map_size())
    rgb = cv2.remap(picture, places, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    seen = spread(facing(face))
    inside = cv2.remap(np.ones(picture.shape[:2], np.float32), places, None, cv2.INTER_NEAREST)
    seen = seen * inside
    rgb, seen = _completed(rgb, seen)
    return Texture(rgb, np.minimum(seen, skin(rgb, seen)) * edge(), face.turn)


def facing(face: Face) -> Floats:
    """How squarely each landmark of the mesh (468) looks at the camera, 0..1."""
    shape = layout()
    points = face.points[: len(shape.flat)].astype(np.float64)
    a, b, c = (points[shape.triangles[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    sums = np.zeros_like(points)
    for corner in range(3):
        np.add.at(sums, shape.triangles[:, corner], normals)
    towards = sums[:, 2] / np.maximum(np.linalg.norm(sums, axis=1), 1e-9)
    return np.clip((towards - GRAZING) / (SQUARE - GRAZING), 0, 1).astype(np.float32)


def skin(rgb: Floats, seen: Floats) -> Floats:
    """Where the map's colours are those of the person's cheeks, and where brows, eyes and lips are; float32 0..1, soft."""
    lab = cv2.cvtColor(np.clip(rgb / 255, 0, 1), cv2.COLOR_RGB2Lab)
    sample = lab[(_cheeks() > 0) & (seen > SQUARE)]
    if len(sample) == 0:
        return np.ones_like(seen)
    middle = np.median(sample, axis=0)
    spread_ = 1.4826 * np.median(np.abs(sample - middle), axis=0) + np.array([8, 3, 3])
    away = np.sqrt(np.mean(((lab - middle) / spread_) ** 2, axis=2))
    certain = np.clip((NOT_SKIN - away) / (NOT_SKIN - FAR_FROM_SKIN), 0, 1).astype(np.float32)
    certain = cv2.morphologyEx(certain, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    certain = cv2.GaussianBlur(cv2.erode(certain, np.ones((7, 7), np.uint8)), (0, 0), 6)
    return np.maximum(certain, features())


def flat_points() -> Floats:
    """The layout's flat points in pixels of the map, float32 468x2."""
    return layout().flat * (WIDTH - 1)


def map_size() -> tuple[int, int]:
    """Height and width of the map."""
    return int(np.ceil(layout().flat[:, 1].max() * (WIDTH - 1))) + 1, WIDTH


def spread(values: Floats) -> Floats:
    """Values of the 468 landmarks over the map; 0 outside the face."""
    return np.nan_to_num(
        fill(layout().triangles, flat_points(), values[:, None].astype(np.float32), *map_size())[..., 0]
    )


@cache
def edge() -> Floats:
    """0 at the rim of the face, 1 from a tenth of the map inwards."""
    face = (spread(np.ones(len(layout().flat), np.float32)) > 0).astype(np.uint8)
    padded = cv2.copyMakeBorder(face, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    away = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1] / (EDGE * WIDTH)
    ramp = np.clip(away, 0, 1)
    return (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)


@cache
def features() -> Floats:
    """1 over eyes, brows and lips with what is close around them."""
    found = np.zeros(map_size(), np.uint8)
    for ring in (RIGHT_EYE_RING + RIGHT_BROW, LEFT_EYE_RING + LEFT_BROW, OUTER_LIPS):
        cv2.fillConvexPoly(found, cv2.convexHull(np.int32(flat_points()[list(ring)])), 1)
    found = cv2.dilate(found, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (19, 19)))
    return cv2.GaussianBlur(found.astype(np.float32), (0, 0), 6)


@cache
def _cheeks() -> Bytes:
    found = np.zeros(map_size(), np.uint8)
    for x, y in np.rint(flat_points()[list(CHEEKS)]).astype(np.int32):
        cv2.circle(found, (int(x), int(y)), 14, 1, -1)
    return found


def _completed(rgb: Floats, seen: Floats) -> tuple[Floats, Floats]:
    """Fill what was seen badly from the mirrored side, as light there as its own surroundings."""
    other, other_seen = rgb[:, ::-1], seen[:, ::-1]
    own, theirs = _smooth(rgb, seen), _smooth(other, other_seen)
    matched = other + np.clip(own - theirs, -60, 60)
    share = seen / np.maximum(seen + other_seen * (1 - seen), 1e-6)
    weight = np.where(seen + other_seen > 0, share, 1)[..., None]
    return (rgb * weight + matched * (1 - weight)).astype(np.float32), np.maximum(seen, 0.8 * other_seen)


def _smooth(rgb: Floats, weight: Floats) -> Floats:
    """Weighted mean of the surroundings (a tenth of the map)."""
    small = tuple(length // 8 for length in map_size()[::-1])
    sums = cv2.resize(np.dstack([rgb * weight[..., None], weight]), small, interpolation=cv2.INTER_AREA)
    sums = cv2.GaussianBlur(sums, (0, 0), WIDTH / 80)
    mean = sums[..., :3] / np.maximum(sums[..., 3:], 1e-3)
    return cv2.resize(mean, map_size()[::-1], interpolation=cv2.INTER_LINEAR)
