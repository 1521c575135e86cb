"""Shot cuts, found while the frames come in, without looking ahead."""

from dataclasses import dataclass

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.look import Look, State, fitted, pack, reduced, unpack

HISTOGRAM_SIDE = 90
EDGE_SIZE = (64, 36)
BINS = (24, 64, 64)
BLANK = 4.0
LIKENESS_LIMIT = 0.45
LEAST_DISTANCE, MORE_DISTANCE = 0.06, 0.12
SURPRISE = 4.0
PACE = 0.1


@dataclass(frozen=True)
class _Traits:
    """histograms: three, each of sum 1; edges: float32 36x64 with zero mean and unit length; contrast in luma codes."""

    histograms: tuple[Floats, ...]
    edges: Floats
    contrast: float


class CutDetector:
    """Says for each look whether a new shot begins with it.

    A cut needs both: the histograms of luma and chroma differ (half the L1 distance, mean of the three), also by four
    times what is usual in this shot; and the picture's edges don't correlate with those before. So a flash, which
    moves the histograms but keeps the edges, is none, and neither is a whip pan, which loses the edges but keeps the
    histograms. The less the edges agree, the less the histograms have to differ. Blank frames (black, white) are
    passed over: what follows them is compared with what stood before.
    """

    def __init__(self) -> None:
        self._last: Look | None = None
        self._then: _Traits | None = None
        self._usual = 0.0

    def __call__(self, current: Look) -> bool:
        """True at the first frame of a new shot; False at the very first frame."""
        small = _thumb(current)
        now = _traits(small)
        if self._last is None:
            self._last, self._then = small, now
            return False
        if now.contrast < BLANK:
            return False
        then = self._then or _traits(self._last)
        self._last, self._then = small, now
        if then.contrast < BLANK:
            return False
        distance = sum(
            float(np.abs(a - b).sum()) / 2 for a, b in zip(then.histograms, now.histograms, strict=True)
        ) / len(BINS)
        likeness = float((then.edges * now.edges).sum())
        needed = LEAST_DISTANCE + MORE_DISTANCE * max(likeness, 0.0) / LIKENESS_LIMIT
        if likeness < LIKENESS_LIMIT and distance > max(needed, SURPRISE * self._usual):
            self._usual = 0.0
            return True
        self._usual += PACE * (distance - self._usual)
        return False

    def state(self) -> State:
        return {"usual": self._usual, **pack("last", self._last)}

    def restore(self, state: State) -> None:
        self._usual = float(state["usual"])
        self._last, self._then = unpack("last", state), None


def _thumb(current: Look) -> Look:
    height, width = current.luma.shape
    size = fitted(width, height, min(HISTOGRAM_SIDE / min(height, width), 1.0))
    return Look(reduced(current.luma, size), reduced(current.u, size), reduced(current.v, size))


def _traits(small: Look) -> _Traits:
    planes = (small.luma, small.u, small.v)
    histograms = tuple(_histogram(plane, bins) for plane, bins in zip(planes, BINS, strict=True))
    luma = cv2.resize(small.luma, EDGE_SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
    edges = cv2.magnitude(cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1))
    edges = cv2.GaussianBlur(edges, (5, 5), 1.0)
    edges -= edges.mean()
    edges /= max(float(np.linalg.norm(edges)), 1.0)
    return _Traits(histograms, edges, float(luma.std()))


def _histogram(plane: Bytes, bins: int) -> Floats:
    """Share of each bin, softened so that a small shift of all values stays small."""
    counts = cv2.calcHist([plane], [0], None, [bins], [0, 256]).reshape(1, -1)
    soft = cv2.GaussianBlur(counts, (5, 1), 1.0, borderType=cv2.BORDER_REPLICATE)[0]
    return soft / max(float(soft.sum()), 1.0)
