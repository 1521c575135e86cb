"""Another's face over a face in a picture: in its pose and expression, in its light, with its eyes and open mouth."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.compose import composed
from engines.vision.faces.face import Face
from engines.vision.faces.layout import layout
from engines.vision.faces.openings import openings
from engines.vision.faces.raster import fill
from engines.vision.faces.reading import Reading, measured
from engines.vision.faces.source import Source
from engines.vision.faces.texture import flat_points

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

OFF = -9.0
LEAST_CHROMA, MOST_VIVID = 0.03, 1.2


@dataclass(frozen=True)
class Patch:
    """What is laid over a part of a picture: ``rgb`` uint8 hxwx3 with its upper left corner at ``left``, ``top``; ``alpha`` float32 hxw (0..1)."""

    left: int
    top: int
    rgb: Bytes
    alpha: Floats


def swap(picture: Bytes, face: Face, source: Source, *, strength: float = 1.0) -> Patch | None:
    """The patch that gives a face in ``picture`` (uint8 HxWx3) the source's; None where there is nothing to see.

    ``strength`` 0..1 is its opacity. In a film ``measured``, ``Steady`` and ``patch_of`` do the same with less flicker.
    """
    return patch_of(measured(picture, face, source), source, strength=strength)


def patch_of(reading: Reading | None, source: Source, *, strength: float = 1.0) -> Patch | None:
    """The patch for a face as it was measured, and smoothed in a film; None where there is nothing to see."""
    if reading is None or strength * reading.within <= 0:
        return None
    rgb, alpha = _made(reading, source)
    left, top, right, bottom = reading.box
    size = right - left, bottom - top
    if size != (alpha.shape[1], alpha.shape[0]):
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        alpha = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR), np.float32)
    return Patch(left, top, rgb, alpha * np.float32(strength * reading.within))


def laid(picture: Bytes, patch: Patch | None) -> Bytes:
    """A copy of ``picture`` (uint8 HxWx3) with the patch over it; pixels where its alpha is 0 are untouched."""
    result = picture.copy()
    if patch is not None:
        height, width = patch.alpha.shape
        place = result[patch.top : patch.top + height, patch.left : patch.left + width]
        part = np.rint(patch.alpha * 256).astype(np.int32)[..., None]
        place[:] = (place * (256 - part) + patch.rgb * part + 128) >> 8
    return result


def _made(reading: Reading, source: Source) -> tuple[Bytes, Floats]:
    height, width = reading.shape
    points, flat = reading.points, flat_points()
    texture = source.texture(reading.turn)
    skin = texture.level(float(np.ptp(points, axis=0).max()))
    ratio = np.float32(skin.shape[1] / source.skins[0].trust.shape[1])
    values = np.concatenate([(flat + np.float32(0.5)) * ratio - np.float32(0.5), reading.shown[:, None]], axis=1)
    places = fill(layout().triangles, points[: len(flat)], values.astype(np.float32), height, width, OFF)
    own = cv2.remap(skin, places[..., :2], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    vivid = min(reading.light.tone.chroma / max(texture.chroma, LEAST_CHROMA), MOST_VIVID)
    cover = cv2.multiply(places[..., 2], cv2.subtract(1, openings(points, height, width)))
    free = np.float32(1) - reading.front
    cover = cv2.multiply(cover, cv2.resize(free, (width, height), interpolation=cv2.INTER_LINEAR))
    around = cv2.resize(reading.light.around, (width, height), interpolation=cv2.INTER_LINEAR)
    rgb, alpha = np.zeros((height, width, 3), np.uint8), np.empty((height, width), np.float32)
    composed(own, around, cover, vivid, rgb, alpha)
    return rgb, alpha
