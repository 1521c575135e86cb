"""Another's face over a face in a picture: in its pose and expression, in its light, with its eyes and open mouth."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.compose import composed
from engines.vision.faces.face import Face
from engines.vision.faces.layout import INNER_LIPS, LEFT_EYE_RING, RIGHT_EYE_RING, layout
from engines.vision.faces.light import light_of
from engines.vision.faces.occlude import in_front
from engines.vision.faces.raster import fill
from engines.vision.faces.source import Source
from engines.vision.faces.texture import facing, flat_points

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

SMALLEST, LARGEST = 12, 640
TURN_FROM, TURN_TO = 0.55, 0.8
BEYOND = 0.35
SILHOUETTE = (0.02, 0.2)
SHIFT = 4
OFF = -9.0
LEAST_CHROMA, MOST_VIVID = 0.03, 1.2
SHUT, OPEN = 0.006, 0.014


@dataclass(frozen=True)
class Patch:
    """What is laid over a part of a picture: ``rgb`` uint8 hxwx3 with its upper left corner at ``left``, ``top``; ``alpha`` float32 hxw (0..1)."""

    left: int
    top: int
    rgb: Bytes
    alpha: Floats


def swap(picture: Bytes, face: Face, source: Source, *, strength: float = 1.0) -> Patch | None:
    """The patch that gives a face in ``picture`` (uint8 HxWx3) the source's; None where there is nothing to see.

    ``strength`` 0..1 is its opacity.
    """
    box = _box(face, picture.shape)
    share = strength * _within_reach(face.turn, source)
    if box is None or share <= 0:
        return None
    left, top, right, bottom = box
    points = face.points[:, :2] - np.array([left, top], np.float32)
    view = picture[top:bottom, left:right]
    scale = min(1.0, LARGEST / max(view.shape[:2]))
    if scale < 1:
        small = cv2.resize(view, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        factor = np.array([small.shape[1] / view.shape[1], small.shape[0] / view.shape[0]], np.float32)
        rgb, alpha = _laid(small, points * factor, facing(face, *SILHOUETTE), source, face.turn)
        size = (right - left, bottom - top)
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC)
        alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR)
    else:
        rgb, alpha = _laid(np.ascontiguousarray(view), points, facing(face, *SILHOUETTE), source, face.turn)
    return Patch(left, top, rgb, alpha * np.float32(share))


def laid(picture: Bytes, patch: Patch | None) -> Bytes:
    """A copy of ``picture`` (uint8 HxWx3) with the patch over it; pixels where its alpha is 0 are untouched."""
    result = picture.copy()
    if patch is not None:
        height, width = patch.alpha.shape
        place = result[patch.top : patch.top + height, patch.left : patch.left + width]
        part = np.rint(patch.alpha * 256).astype(np.int32)[..., None]
        place[:] = (place * (256 - part) + patch.rgb * part + 128) >> 8
    return result


def openings(points: Floats, height: int, width: int) -> Floats:
    """1 in the eyes and in the open mouth, float32 HxW, soft by a hundredth of the face; 0 where they are shut. ``points`` float32 478x2."""
    holes = np.zeros((height, width), np.uint8)
    size = float(np.ptp(points, axis=0).max())
    for ring in (RIGHT_EYE_RING, LEFT_EYE_RING, INNER_LIPS):
        outline = points[list(ring)]
        area = cv2.contourArea(outline) / max(float(np.ptp(outline, axis=0).max()), 1e-3)
        share = float(np.clip((area / size - SHUT) / (OPEN - SHUT), 0, 1))
        cv2.fillPoly(holes, [np.rint(outline * (1 << SHIFT)).astype(np.int32)], round(255 * share), cv2.LINE_AA, SHIFT)
    softness = max(size / 200, 0.5)
    return cv2.GaussianBlur(holes, (0, 0), softness).astype(np.float32) / 255


def _laid(view: Bytes, points: Floats, shown: Floats, source: Source, turn: float) -> tuple[Bytes, Floats]:
    height, width = view.shape[:2]
    flat = flat_points()
    texture = source.texture(turn)
    skin = texture.level(float(np.ptp(points, axis=0).max()))
    ratio = np.float32(skin.shape[1] / source.skins[0].trust.shape[1])
    values = np.concatenate([(flat + np.float32(0.5)) * ratio - np.float32(0.5), shown[:, None]], axis=1)
    places = fill(layout().triangles, points[: len(flat)], values.astype(np.float32), height, width, OFF)
    own = cv2.remap(skin, places[..., :2], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    light = light_of(view, points[: len(flat)])
    vivid = min(light.tone.chroma / max(texture.chroma, LEAST_CHROMA), MOST_VIVID)
    cover = cv2.multiply(places[..., 2], cv2.subtract(1, openings(points, height, width)))
    free = np.float32(1) - in_front(light)
    cover = cv2.multiply(cover, cv2.resize(free, (width, height), interpolation=cv2.INTER_LINEAR))
    around = cv2.resize(light.around, (width, height), interpolation=cv2.INTER_LINEAR)
    rgb, alpha = np.zeros((height, width, 3), np.uint8), np.empty((height, width), np.float32)
    composed(own, around, cover, vivid, rgb, alpha)
    return rgb, alpha


def _box(face: Face, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """The part of the picture that the face covers (left, top, right, bottom); None where that is too little."""
    left, top, right, bottom = face.box
    if not np.isfinite(face.points).all() or face.size < SMALLEST:
        return None
    box = max(int(left) - 2, 0), max(int(top) - 2, 0), min(int(right) + 3, shape[1]), min(int(bottom) + 3, shape[0])
    return box if box[2] - box[0] > SMALLEST // 2 and box[3] - box[1] > SMALLEST // 2 else None


def _within_reach(turn: float, source: Source) -> float:
    """1 for heads turned as far as the source can be shown, 0 for profiles beyond it."""
    farthest = max(abs(edge) for edge in source.reach) + BEYOND
    start, end = max(TURN_FROM, farthest - (TURN_TO - TURN_FROM)), max(TURN_TO, farthest)
    return float(np.clip((end - abs(turn)) / (end - start), 0, 1))
