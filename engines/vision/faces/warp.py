"""Laying a texture over a face in a picture: warped to its expression, lit like it, its eyes and open mouth left."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.face import Face
from engines.vision.faces.layout import INNER_LIPS, LEFT_EYE_RING, RIGHT_EYE_RING, layout
from engines.vision.faces.mesh import Crop
from engines.vision.faces.raster import fill
from engines.vision.faces.texture import Texture, facing, flat_points

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

ROOM = 1.3
SMALLEST, LARGEST = 64, 512
COARSE = 48
LIGHT_REACH = 0.11
DARKEST, BRIGHTEST = 0.35, 2.6
CHROMA_LIMIT = 40.0


@dataclass(frozen=True)
class Patch:
    """What is laid over a square of a picture: ``rgb`` float32 SxSx3 (0..255), ``alpha`` float32 SxS (0..1)."""

    crop: Crop
    rgb: Floats
    alpha: Floats


def patch_crop(face: Face) -> tuple[Crop, int]:
    """The upright square around a face, and its side in pixels: the face's own, at most 512."""
    left, top, right, bottom = face.box
    side = face.size * ROOM
    pixels = int(np.clip(np.ceil(side / 16) * 16, SMALLEST, LARGEST))
    return Crop((left + right) / 2, (top + bottom) / 2, side, face.tilt), pixels


def lay_over(
    view: Bytes, points: Floats, shown: Floats, texture: Texture, *, light: float = 1.0, colour: float = 0.8
) -> tuple[Floats, Floats]:
    """The texture in the pose and expression of a face, and its alpha.

    ``view`` uint8 SxSx3: the face's crop; ``points`` float32 478x2 its landmarks there; ``shown`` float32 468 how squarely they
    look at the camera. ``light`` and ``colour`` 0..1: how far brightness and tint follow the view. Returns float32 SxSx3 and SxS.
    """
    size = view.shape[0]
    shape = layout()
    flat = flat_points()
    values = np.concatenate([flat, shown[:, None]], axis=1)
    places = fill(shape.triangles, points[: len(flat)], values, size, size)
    seen = np.nan_to_num(places[..., 2])
    maps = np.nan_to_num(places[..., :2], nan=-1)
    rgb = cv2.remap(texture.rgb, maps, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.remap(texture.trust, maps, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT) * seen
    alpha *= 1 - openings(points, size)
    return lit(rgb, view, alpha, light, colour), alpha


def openings(points: Floats, size: int) -> Floats:
    """1 in the eyes and in the open mouth, float32 SxS, soft by a hundredth of the face."""
    holes = np.zeros((size, size), np.uint8)
    shift = 4
    for ring in (RIGHT_EYE_RING, LEFT_EYE_RING, INNER_LIPS):
        outline = np.int32(np.rint(points[list(ring)] * (1 << shift)))
        cv2.fillPoly(holes, [outline], 255, cv2.LINE_AA, shift)
    return cv2.GaussianBlur(holes, (0, 0), max(size / 200, 0.6)).astype(np.float32) / 255


def lit(rgb: Floats, view: Bytes, alpha: Floats, light: float, colour: float) -> Floats:
    """``rgb`` as bright and tinted, seen from far, as the view: ratio of blurred luma, difference of blurred chroma.

    Surroundings are weighted by alpha, so that hair and background don't shine in.
    """
    ours = cv2.cvtColor(np.clip(rgb, 0, 255) / 255, cv2.COLOR_RGB2YCrCb)
    theirs = cv2.cvtColor(view.astype(np.float32) / 255, cv2.COLOR_RGB2YCrCb)
    small = cv2.resize(np.dstack([ours * alpha[..., None], alpha]), (COARSE, COARSE), interpolation=cv2.INTER_AREA)
    other = cv2.resize(theirs * alpha[..., None], (COARSE, COARSE), interpolation=cv2.INTER_AREA)
    sums = cv2.GaussianBlur(np.dstack([small, other]), (0, 0), LIGHT_REACH * COARSE)
    weight = np.maximum(sums[..., 3:4], 1e-4)
    mean, wanted = sums[..., :3] / weight, sums[..., 4:] / weight
    gain = np.clip((wanted[..., 0] + 0.02) / (mean[..., 0] + 0.02), DARKEST, BRIGHTEST) ** light
    tint = np.clip(wanted[..., 1:] - mean[..., 1:], -CHROMA_LIMIT / 255, CHROMA_LIMIT / 255) * colour
    change = cv2.resize(np.dstack([gain, tint]).astype(np.float32), rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    ours[..., 0] *= change[..., 0]
    ours[..., 1:] += change[..., 1:]
    return np.clip(cv2.cvtColor(ours, cv2.COLOR_YCrCb2RGB) * 255, 0, 255)


def swapped(picture: Bytes, face: Face, texture: Texture) -> Patch:
    """The patch that gives a face in ``picture`` (uint8 HxWx3) the texture's skin."""
    crop, size = patch_crop(face)
    forth = crop.matrix(size)
    shrinks = crop.side > size
    view = cv2.warpAffine(
        picture,
        forth,
        (size, size),
        flags=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    points = (face.points[:, :2] @ forth[:, :2].T + forth[:, 2]).astype(np.float32)
    rgb, alpha = lay_over(view, points, facing(face), texture)
    return Patch(crop, rgb, alpha)


def paste(picture: Bytes, patch: Patch) -> Bytes:
    """A copy of ``picture`` (uint8 HxWx3) with the patch over it; pixels where its alpha is 0 are untouched."""
    size = patch.rgb.shape[0]
    back = cv2.invertAffineTransform(patch.crop.matrix(size))
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]]) @ back[:, :2].T + back[:, 2]
    height, width = picture.shape[:2]
    left, top = np.maximum(np.floor(corners.min(0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(corners.max(0)).astype(int) + 1, (width, height))
    if right <= left or bottom <= top:
        return picture
    back[:, 2] -= (left, top)
    over = cv2.warpAffine(
        np.dstack([patch.rgb, patch.alpha]), back, (int(right - left), int(bottom - top)), flags=cv2.INTER_LINEAR
    )
    result = picture.copy()
    place = result[top:bottom, left:right]
    alpha = over[..., 3:]
    mixed = np.rint(place * (1 - alpha) + over[..., :3] * alpha).astype(np.uint8)
    place[:] = np.where(alpha > 0, mixed, place)
    return result
