"""Where every pixel was a frame ago, and how far that can be trusted."""

from dataclasses import dataclass

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.kernel import kernel
from engines.vision.carry import carry
from engines.vision.look import Look, fitted, reduced

FLOW_SHORT_SIDE = 180
NOISE = 6.0
SLIP = 0.3
CHROMA_WEIGHT = 1.4
MOVES = (0.15, 0.5)
GLIDE_REACH, GLIDE_FLOOR, GLIDE_CAP = 4.0, 100.0, 500.0


@dataclass(frozen=True)
class Motion:
    """From the frame before to this one.

    flow   float32 hxwx2 (x, y) in pixels of its own size: what is at p was at p + flow(p)
    trust  uint8 HxW, usually larger: 255 where the frame before explains this one, 0 where it does not
    moves  uint8 HxW of the same size: 0 where the picture stands still, 255 where it moves
    glide  the flow, where there is nothing to be seen that of the edges around: float32 hxwx2 (for grain; else the flow)
    """

    flow: Floats
    trust: Bytes
    moves: Bytes
    glide: Floats


def measure(previous: Look, current: Look, *, short_side: int = FLOW_SHORT_SIDE, grain: bool = True) -> Motion:
    """Motion between two looks of the same size; ``grain``: whether there is any to move along with it.

    Stateless: may run on any thread for any pair of frames.
    """
    height, width = current.luma.shape
    size = fitted(width, height, min(1.0, short_side / min(height, width)))
    before, now = reduced(previous.luma, size), reduced(current.luma, size)
    flow, moving = settled(before, now, backward_flow(before, now))
    moves = cv2.resize(cv2.convertScaleAbs(moving, alpha=255.0), (width, height), interpolation=cv2.INTER_LINEAR)
    return Motion(flow, trust(previous, current, flow), moves, glide(flow, now) if grain else flow)


def glide(flow: Floats, luma: Bytes) -> Floats:
    """The flow's mean over a Gaussian of 4 pixels, each pixel counting as the square of its gradient, and a little.

    The square counts up to a limit: what stands still beside a moving edge mustn't be dragged along by it.
    """
    edges = cv2.spatialGradient(luma)
    square = sum(edge.astype(np.float32) ** 2 for edge in edges)
    sure = np.minimum(square, np.float32(GLIDE_CAP)) + np.float32(GLIDE_FLOOR)
    parts = cv2.GaussianBlur(cv2.merge([sure, *(sure * part for part in cv2.split(flow))]), (0, 0), GLIDE_REACH)
    return np.ascontiguousarray(parts[..., 1:] / parts[..., :1])


def backward_flow(previous: Bytes, current: Bytes) -> Floats:
    """Dense inverse search (Kroeger 2016; OpenCV's ultrafast preset, but down to half the size given).

    previous, current: uint8 hxw. Returns float32 hxwx2. Each call has its own DIS object; the result doesn't depend
    on the number of threads.
    """
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    search.setFinestScale(1)
    return np.asarray(search.calc(current, previous, None), np.float32)


def settled(previous: Bytes, current: Bytes, flow: Floats) -> tuple[Floats, Floats]:
    """A flow that stands still where standing still explains the picture as well, and where it moves: float32 hxw 0..1.

    Noise makes every flow tremble by a fraction of a pixel, and a trembling picture blurs a little with each frame.
    So the mean difference over 9x9 without motion is compared with the one along the flow.
    """
    without = cv2.blur(cv2.absdiff(previous, current).astype(np.float32), (9, 9))
    along = cv2.blur(cv2.absdiff(carry(previous, flow, sharp=False), current).astype(np.float32), (9, 9))
    moving = np.clip((without - along - MOVES[0]) / (MOVES[1] - MOVES[0]), 0.0, 1.0)
    return flow * moving[..., np.newaxis], moving


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
    """Photometric gate of the size of a look's luma, uint8: 255 max(0, 1 - (r / 3a)^2)^2, eroded and softened over 3x3.

    r is the absolute difference between this look and the one before, moved along the flow, in luma codes plus 1.4
    times the larger one of the chromas, averaged over 3x3. a = noise + slip * (local range of luma): what noise, and
    an error of a fraction of a pixel in the flow at a sharp edge, would make of it. What comes from outside the frame
    gets 0.
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
    outside = np.empty(flow.shape[:2], np.uint8)
    _outside(flow, outside)
    gate = cv2.subtract(gate, cv2.resize(outside, (width, height), interpolation=cv2.INTER_NEAREST))
    return cv2.blur(cv2.erode(gate, around), (3, 3))


def _grid(shape: tuple[int, ...]) -> Floats:
    """Each pixel's own coordinates, float32 hxwx2 (x, y)."""
    x, y = np.meshgrid(np.arange(shape[1], dtype=np.float32), np.arange(shape[0], dtype=np.float32))
    return np.dstack([x, y])


@kernel
def _gate(residual, spread, gate):  # type: ignore[no-untyped-def]
    height, width = gate.shape
    one, zero = np.float32(1), np.float32(0)
    noise, slip = np.float32(3 * NOISE), np.float32(3 * SLIP)
    for i in range(height):
        off, wide, out = residual[i], spread[i], gate[i]
        for j in range(width):
            t = np.float32(off[j]) / (noise + slip * np.float32(wide[j]))
            t = max(one - t * t, zero)
            out[j] = np.uint8(np.float32(255) * t * t + np.float32(0.5))


@kernel
def _outside(flow, out):  # type: ignore[no-untyped-def]
    """255 where a vector points more than a pixel outside the frame, else 0."""
    height, width = out.shape
    for i in range(height):
        for j in range(width):
            x, y = np.float32(j) + flow[i, j, 0], np.float32(i) + flow[i, j, 1]
            out[i, j] = 255 if x < -1 or y < -1 or x > width or y > height else 0
