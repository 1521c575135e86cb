"""Who stands before the background: an alpha matte of the people in a frame, steady in time."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from engines.arrays import Bytes, Floats, PlanesLike
from engines.vision.calm import Calm
from engines.vision.flow import Motion
from engines.vision.guided import applied, guided
from engines.vision.look import State, fitted, reduced

NETWORK_SIDE = 256
WORK_SIDE = 270
GRAIN = 16
PADDING = 0.12
ZOOM = 0.7
FAINT, SHARE, SURENESS = 0.1, 0.008, 0.6
SPECK = 0.1
EDGE = (0.15, 0.75)
APPEAR = 0.25

Segment = Callable[[Bytes], Floats]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Person:
    """alpha uint8 HxW, 255 on people; present: whether there are any (alpha is empty where not)."""

    alpha: Bytes
    present: bool


def find_person(planes: PlanesLike, segment: Segment) -> Person:
    """Segment, look again more closely, and refine along the picture's edges. Stateless.

    ``segment`` maps RGB uint8 to float32 0..1 of the same size (``Selfie``). The network sees the whole frame at
    256x256; where people and some room around them fill less than seven tenths of it, it sees that part again,
    larger. A guided filter with luma and both chromas as guides (radius 1/50 of the short side) puts the mask's edge
    on the picture's. There is a person where at least 0.8 % of the frame is likelier person than not, and what is
    taken for one is so surely: sureness is the mean probability of all that has more than 0.1.
    """
    height, width = planes.y.shape
    whole = _without_specks(segment(_rgb(planes, (0, 0, height, width))))
    if not _present(whole):
        return Person(np.zeros((height, width), np.uint8), False)
    work = fitted(width, height, min(1.0, WORK_SIDE / min(height, width)))
    mask = cv2.resize(whole, work, interpolation=cv2.INTER_LINEAR)
    box = _box(whole, height, width)
    if box != (0, 0, height, width):
        mask = _closer(planes, segment, box, mask)
    return Person(refined(mask, planes), True)


def refined(mask: Floats, planes: PlanesLike) -> Bytes:
    """A rough mask, float32 hxw 0..1 of any size, as alpha uint8 HxW along the edges of the picture."""
    height, width = planes.y.shape
    work = fitted(width, height, min(1.0, WORK_SIDE / min(height, width)))
    small = tuple(reduced(plane, work) for plane in (planes.y, planes.u, planes.v))
    mask = cv2.resize(mask, work, interpolation=cv2.INTER_LINEAR)
    coefficients = guided(mask, small, radius=max(min(work) // 50, 2), eps=2e-4)
    alpha = applied(coefficients, (planes.y, planes.u, planes.v), (height, width))
    low, high = EDGE
    gain = 255 / (high - low)
    return cv2.convertScaleAbs(np.maximum(alpha - np.float32(low), 0, out=alpha), alpha=gain)


class SteadyMatte:
    """Smooths mattes along the motion, and lets people appear and vanish over four frames. Ordered."""

    def __init__(self, strength: float = 0.7) -> None:
        self._calm = Calm(strength)
        self._shown = 0.0

    def __call__(self, person: Person, motion: Motion | None) -> Person:
        """``motion`` None at the first frame and at a cut. ``present`` stays true until the last of a person has
        faded.
        """
        (alpha,) = self._calm((person.alpha,), motion)
        goal = 1.0 if person.present else 0.0
        if motion is None:
            self._shown = goal
        else:
            self._shown += float(np.clip(goal - self._shown, -APPEAR, APPEAR))
        if self._shown < 1:
            alpha = cv2.convertScaleAbs(alpha, alpha=self._shown)
        return Person(alpha, self._shown > 0)

    def state(self) -> State:
        return {"shown": self._shown, **{f"calm.{key}": value for key, value in self._calm.state().items()}}

    def restore(self, state: State) -> None:
        self._shown = float(state["shown"])
        self._calm.restore({key[5:]: value for key, value in state.items() if key.startswith("calm.")})


def _present(mask: Floats) -> bool:
    likely = mask > FAINT
    if float((mask > 0.5).mean()) < SHARE:
        return False
    return float(mask[likely].mean()) >= SURENESS


def _without_specks(mask: Floats) -> Floats:
    """The mask without parts smaller than a tenth of the largest one: a leaf, a lamp, a patch of wall."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((mask > FAINT).astype(np.uint8))
    if count <= 2:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA]
    keep = areas >= SPECK * areas[1:].max()
    keep[0] = True
    return np.where(keep[labels], mask, np.float32(0))


def _box(mask: Floats, height: int, width: int) -> Box:
    """Part of the frame that holds all people: top, left, bottom, right, padded, on a coarse grid so that it seldom
    jumps.
    """
    rows, columns = np.flatnonzero((mask > 0.5).any(axis=1)), np.flatnonzero((mask > 0.5).any(axis=0))
    top, bottom = _padded(rows / mask.shape[0], height)
    left, right = _padded(columns / mask.shape[1], width)
    if (bottom - top) * (right - left) > ZOOM * height * width:
        return 0, 0, height, width
    return top, left, bottom, right


def _padded(places: np.ndarray, length: int) -> tuple[int, int]:
    pad = PADDING * (places[-1] - places[0]) + 0.03
    first = np.floor(max(places[0] - pad, 0.0) * GRAIN) / GRAIN
    last = np.ceil(min(places[-1] + pad, 1.0) * GRAIN) / GRAIN
    return int(first * length) // 2 * 2, min(int(last * length) // 2 * 2 + 2, length)


def _closer(planes: PlanesLike, segment: Segment, box: Box, mask: Floats) -> Floats:
    """The mask with a second, closer look inside ``box``; outside it nobody is."""
    near = segment(_rgb(planes, box))
    high, wide = mask.shape[0] / planes.y.shape[0], mask.shape[1] / planes.y.shape[1]
    top, left, bottom, right = round(box[0] * high), round(box[1] * wide), round(box[2] * high), round(box[3] * wide)
    out = np.zeros_like(mask)
    out[top:bottom, left:right] = cv2.resize(near, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    return out


def _rgb(planes: PlanesLike, box: Box) -> Bytes:
    """Part of a picture as RGB uint8 at the network's size (BT.601; close enough for a network)."""
    top, left, bottom, right = box
    height, width = planes.y.shape
    parts = []
    for plane in (planes.y, planes.u, planes.v):
        rows, columns = plane.shape[0] / height, plane.shape[1] / width
        part = plane[int(top * rows) : int(bottom * rows), int(left * columns) : int(right * columns)]
        parts.append(cv2.resize(part, (NETWORK_SIDE, NETWORK_SIDE), interpolation=cv2.INTER_AREA))
    return cv2.cvtColor(cv2.merge([parts[0], parts[2], parts[1]]), cv2.COLOR_YCrCb2RGB)
