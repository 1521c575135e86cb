"""Where every pixel was a frame ago, and how far that can be trusted."""

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from engines.vision.carry import carry
from engines.vision.look import Bytes, Floats, Look, fitted, reduced

FLOW_SHORT_SIDE = 180
NOISE = 6.0
SLIP = 0.3
CHROMA_WEIGHT = 1.4


@dataclass(frozen=True)
class Motion:
    """From the frame before to this one.

    flow   float32 hxwx2 (x, y) in pixels of its own size: what is at p was at p + flow(p)
    trust  uint8 HxW, usually larger: 255 where the frame before explains this one, 0 where it does not
    """

    flow: Floats
    trust: Bytes


def measure(previous: Look, current: Look, *, short_side: int = FLOW_SHORT_SIDE) -> Motion:
    """Motion between two looks of the same size. Stateless: may run on any thread for any pair of frames."""
    flow = backward_flow(previous.luma, current.luma, short_side)
    return Motion(flow, trust(previous, current, flow))


def backward_flow(previous: Bytes, current: Bytes, short_side: int = FLOW_SHORT_SIDE) -> Floats:
    """Dense inverse search (Kroeger 2016, OpenCV's ultrafast preset) at a short side of at most ``short_side``.

    previous, current: uint8 hxw. Returns float32 of the working size x2, in pixels of that size. Each call has its own DIS
    object; the result doesn't depend on the number of threads.
    """
    height, width = current.shape
    factor = min(1.0, short_side / min(height, width))
    size = fitted(width, height, factor)
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    return np.asarray(search.calc(reduced(current, size), reduced(previous, size), None), np.float32)


def resize_flow(flow: Floats, shape: tuple[int, ...]) -> Floats:
    """A flow at another size (height, width), its vectors scaled along."""
    if flow.shape[:2] == tuple(shape[:2]):
        return flow
    large = cv2.resize(flow, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    large *= np.array([shape[1] / flow.shape[1], shape[0] / flow.shape[0]], np.float32)
    return large


def warp(image: np.ndarray, flow: Floats) -> np.ndarray:
    """The picture of the frame before, moved onto this one, pixel by pixel: bilinear, edges repeated.

    HxW or HxWxC, uint8 or float32. ``carry`` does nearly the same in a quarter of the time.
    """
    moved = resize_flow(flow, image.shape) + _grid(image.shape)
    return cv2.remap(image, moved, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def trust(previous: Look, current: Look, flow: Floats) -> Bytes:
    """Photometric gate of the size of a look's luma, uint8: 255 max(0, 1 - r / 3 a)^2, then eroded and softened over 3x3.

    r is the absolute difference between this look and the one before, moved along the flow, in luma codes plus 1.4 times the
    larger one of the chromas, averaged over 3x3. a = noise + slip * (local range of luma): what noise, and an error of a
    fraction of a pixel in the flow at a sharp edge, would make of it. What comes from outside the frame gets 0.
    """
    height, width = current.luma.shape
    luma, u, v = (
        cv2.absdiff(now, carry(before, flow, sharp=False))
        for before, now in ((previous.luma, current.luma), (previous.u, current.u), (previous.v, current.v))
    )
    chroma = cv2.resize(cv2.max(u, v), (width, height), interpolation=cv2.INTER_LINEAR)
    residual = cv2.blur(cv2.addWeighted(luma, 1.0, chroma, CHROMA_WEIGHT, 0.0), (3, 3))
    around = np.ones((3, 3), np.uint8)
    spread = cv2.subtract(cv2.dilate(current.luma, around), cv2.erode(current.luma, around))
    gate = np.empty((height, width), np.uint8)
    _gate(residual, spread, gate)
    gate[cv2.resize(_outside(flow), (width, height), interpolation=cv2.INTER_NEAREST) > 0] = 0
    return cv2.blur(cv2.erode(gate, around), (3, 3))


def _outside(flow: Floats) -> Bytes:
    """1 where a vector points more than a pixel outside the frame."""
    height, width = flow.shape[:2]
    place = flow + _grid(flow.shape)
    inside = cv2.inRange(place, (-1.0, -1.0), (float(width), float(height)))
    return cv2.bitwise_not(inside)


def _grid(shape: tuple[int, ...]) -> Floats:
    """Each pixel's own coordinates, float32 hxwx2 (x, y)."""
    x, y = np.meshgrid(np.arange(shape[1], dtype=np.float32), np.arange(shape[0], dtype=np.float32))
    return np.dstack([x, y])


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _gate(residual, spread, gate):  # type: ignore[no-untyped-def]
    height, width = gate.shape
    one, zero = np.float32(1), np.float32(0)
    noise, slip = np.float32(3 * NOISE), np.float32(3 * SLIP)
    for i in range(height):
        off, wide, out = residual[i], spread[i], gate[i]
        for j in range(width):
            t = max(one - np.float32(off[j]) / (noise + slip * np.float32(wide[j])), zero)
            out[j] = np.uint8(np.float32(255) * t * t + np.float32(0.5))
