"""Layers: a foreground over a background, on luma and chroma planes or on RGB."""

from dataclasses import dataclass

import cv2
import numpy as np

from engines.arrays import Bytes, Floats, PlanesLike
from engines.kernel import kernel

BT601 = (0.299, 0.114)
BT709 = (0.2126, 0.0722)
BT2020 = (0.2627, 0.0593)
LITTLE = 0.01
GROWN = 5 / 720
NEAR = 8.0


@dataclass
class Layer:
    """y uint8 HxW; u, v uint8 of the same or of half size (rounded up); range as in the source."""

    y: Bytes
    u: Bytes
    v: Bytes
    full_range: bool


def over(front: PlanesLike, alpha: Bytes, back: PlanesLike) -> Layer:
    """front where alpha (uint8 HxW) is 255, back where it is 0. All planes of one layout; alpha is averaged for
    chroma.
    """
    small = (
        alpha if front.u.shape == alpha.shape else cv2.resize(alpha, front.u.shape[::-1], interpolation=cv2.INTER_AREA)
    )
    return Layer(
        blend(front.y, alpha, back.y), blend(front.u, small, back.u), blend(front.v, small, back.v), front.full_range
    )


def blend(front: Bytes, alpha: Bytes, back: Bytes) -> Bytes:
    """back + alpha/255 (front - back), rounded; uint8 HxW each, or HxWxC with alpha HxW."""
    if front.ndim > alpha.ndim:
        alpha = np.repeat(alpha, front.shape[2], axis=1)
    flat = alpha.shape
    out = np.empty(flat, np.uint8)
    _blend(np.ascontiguousarray(front).reshape(flat), alpha, np.ascontiguousarray(back).reshape(flat), out)
    return out.reshape(front.shape)


def solid(rgb: tuple[int, int, int], like: PlanesLike, *, weights: tuple[float, float] = BT601) -> Layer:
    """One colour, 0..255 each, as large and laid out as ``like``; ``weights`` are the matrix's K_r and K_b."""
    r, g, b = (value / 255 for value in rgb)
    red, blue = weights
    luma = red * r + (1 - red - blue) * g + blue * b
    offset, gain, chroma = (0.0, 255.0, 255.0) if like.full_range else (16.0, 219.0, 224.0)
    codes = (
        offset + gain * luma,
        128 + chroma * (b - luma) / (2 - 2 * blue),
        128 + chroma * (r - luma) / (2 - 2 * red),
    )
    values = [np.uint8(np.clip(round(code), 0, 255)) for code in codes]
    return Layer(
        np.full(like.y.shape, values[0], np.uint8),
        np.full(like.u.shape, values[1], np.uint8),
        np.full(like.v.shape, values[2], np.uint8),
        like.full_range,
    )


def blurred(planes: PlanesLike, alpha: Bytes, *, radius: float = 18.0) -> Layer:
    """A picture out of focus, without what stands before it bleeding in: only pixels outside alpha count.

    ``radius`` is the Gaussian's sigma in pixels at 720p; computed at a quarter of the size.
    """
    shape = planes.y.shape
    small = (max(shape[1] // 4, 1), max(shape[0] // 4, 1))
    sigma = max(radius * min(shape) / 720 / 4, 0.5)
    keep = cv2.bitwise_not(alpha)
    free = cv2.resize(keep, small, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    out = []
    for plane in (planes.y, planes.u, planes.v):
        weight = (
            keep if plane.shape == keep.shape else cv2.resize(keep, plane.shape[::-1], interpolation=cv2.INTER_AREA)
        )
        weighted = cv2.multiply(plane, weight, scale=1 / 255, dtype=cv2.CV_32F)
        soft = _spread(cv2.resize(weighted, small, interpolation=cv2.INTER_AREA), free, sigma, float(plane.mean()))
        out.append(cv2.resize(cv2.convertScaleAbs(soft), plane.shape[::-1], interpolation=cv2.INTER_CUBIC))
    return Layer(out[0], out[1], out[2], planes.full_range)


def without(planes: PlanesLike, alpha: Bytes) -> Layer:
    """A picture as if nobody stood there: where alpha (uint8 HxW) is, and 5 pixels (at 720p) around, what is next to it
    spread smoothly. Planes 4:2:0 or 4:4:4.
    """
    reach = max(round(GROWN * min(alpha.shape)), 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    grown = cv2.dilate(alpha, disc)
    return over(blurred(planes, grown, radius=NEAR), grown, planes)


def _spread(weighted: Floats, free: Floats, sigma: float, otherwise: float) -> Floats:
    """Weighted Gaussian mean; where nothing within reach counts, that of a three and ten times wider one, of all, or
    ``otherwise``.
    """
    value: Floats | float = float(weighted.sum()) / max(float(free.sum()), 1.0) if free.any() else otherwise
    for wide in (10 * sigma, 3 * sigma, sigma):
        total = cv2.GaussianBlur(free, (0, 0), wide) + np.float32(LITTLE)
        value = (cv2.GaussianBlur(weighted, (0, 0), wide) + np.float32(LITTLE) * value) / total
    return np.asarray(value, np.float32)


def cover(planes: PlanesLike, like: PlanesLike) -> Layer:
    """A picture enlarged or reduced until it fills ``like``, what hangs over cut off evenly; range and layout become
    those of ``like``.
    """
    height, width = planes.y.shape
    wanted_height, wanted_width = like.y.shape
    scale = max(wanted_height / height, wanted_width / width)
    part_height, part_width = wanted_height / scale / height, wanted_width / scale / width
    out = []
    for plane, shape in ((planes.y, like.y.shape), (planes.u, like.u.shape), (planes.v, like.v.shape)):
        rows, columns = max(round(plane.shape[0] * part_height), 1), max(round(plane.shape[1] * part_width), 1)
        top, left = (plane.shape[0] - rows) // 2, (plane.shape[1] - columns) // 2
        part = plane[top : top + rows, left : left + columns]
        shrinks = shape[0] < rows
        out.append(cv2.resize(part, shape[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC))
    return _ranged(Layer(out[0], out[1], out[2], planes.full_range), like.full_range)


def colour_of(text: str) -> tuple[int, int, int]:
    """#rrggbb as (r, g, b), 0..255; ``ValueError`` where it isn't one."""
    if len(text) != len("#rrggbb") or not text.startswith("#"):
        raise ValueError(f"not a colour of the form #rrggbb: {text}")
    value = int(text[1:], 16)
    return value >> 16, (value >> 8) & 255, value & 255


def _ranged(layer: Layer, full_range: bool) -> Layer:
    """The layer in the other range, where it isn't in the wanted one."""
    if layer.full_range == full_range:
        return layer
    codes = np.arange(256)
    if full_range:
        luma, chroma = (codes - 16) * (255 / 219), (codes - 128) * (255 / 224) + 128
    else:
        luma, chroma = codes * (219 / 255) + 16, (codes - 128) * (224 / 255) + 128
    tables = [np.clip(table + 0.5, 0, 255).astype(np.uint8) for table in (luma, chroma)]
    return Layer(cv2.LUT(layer.y, tables[0]), cv2.LUT(layer.u, tables[1]), cv2.LUT(layer.v, tables[1]), full_range)


@kernel
def _blend(front, alpha, back, out):  # type: ignore[no-untyped-def]
    for i in range(out.shape[0]):
        above, share, below, row = front[i], alpha[i], back[i], out[i]
        for j in range(out.shape[1]):
            a = np.int32(share[j])
            mixed = np.int32(above[j]) * a + np.int32(below[j]) * (255 - a)
            row[j] = np.uint8((mixed * 257 + 32896) >> 16)
