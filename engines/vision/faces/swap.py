"""Another's face over a face in a picture: in its pose and expression, in its light, with its eyes and open mouth."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.compose import composed
from engines.vision.faces.face import Face
from engines.vision.faces.layout import layout
from engines.vision.faces.openings import openings
from engines.vision.faces.raster import fill
from engines.vision.faces.reading import Reading, measured
from engines.vision.faces.source import Source, Texture
from engines.vision.faces.texture import USUAL_FEATHER, flat_points

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


@dataclass(frozen=True)
class Finish:
    """``colour``: the light of every place of the old face, its overall ``tone``, or the source's ``own``; ``feather`` 0..1: how wide the
    edge fades out; ``front``: whether what covers the old face stays in front.
    """

    colour: Literal["light", "tone", "own"] = "light"
    feather: float = USUAL_FEATHER
    front: bool = True


AS_USUAL = Finish()


def swap(picture: Bytes, face: Face, source: Source, *, strength: float = 1.0) -> Patch | None:
    """The patch that gives a face in ``picture`` (uint8 HxWx3) the source's; None where there is nothing to see.

    ``strength`` 0..1 is its opacity. In a film ``measured``, ``Steady`` and ``patch_of`` do the same with less flicker.
    """
    return patch_of(measured(picture, face, source), source, strength=strength)


def patch_of(
    reading: Reading | None, source: Source, *, strength: float = 1.0, finish: Finish = AS_USUAL
) -> Patch | None:
    """The patch for a face as it was measured, and smoothed in a film; None where there is nothing to see."""
    if reading is None or strength * reading.within <= 0:
        return None
    rgb, alpha = _made(reading, source, finish)
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


def _made(reading: Reading, source: Source, finish: Finish) -> tuple[Bytes, Floats]:
    height, width = reading.shape
    points, flat = reading.points, flat_points()
    texture = source.texture(reading.turn)
    skin = texture.level(float(np.ptp(points, axis=0).max()), finish.feather)
    ratio = np.float32(skin.shape[1] / source.skins[0].trust.shape[1])
    values = np.concatenate([(flat + np.float32(0.5)) * ratio - np.float32(0.5), reading.shown[:, None]], axis=1)
    places = fill(layout().triangles, points[: len(flat)], values.astype(np.float32), height, width, OFF)
    around, vivid = _light(reading, texture, finish)
    front = reading.front if finish.front else np.zeros_like(reading.front)
    rgb, alpha = np.empty((height, width, 3), np.uint8), np.empty((height, width), np.float32)
    composed(places, skin, around, front, openings(points, height, width), vivid, rgb, alpha)
    return rgb, alpha


def _light(reading: Reading, texture: Texture, finish: Finish) -> tuple[Floats, float]:
    """The light that the skin is put into, and the factor of its own colours."""
    light = reading.light
    vivid = min(light.tone.chroma / max(texture.chroma, LEAST_CHROMA), MOST_VIVID)
    if finish.colour == "light":
        return np.ascontiguousarray(light.around), vivid
    own = finish.colour == "own"
    tone = texture.tone if own else (light.tone.luma, light.tone.cr, light.tone.cb)
    return np.full(light.around.shape, np.array(tone, np.float32), np.float32), 1.0 if own else vivid
