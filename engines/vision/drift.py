"""Where the grain of a drawing comes from: noise that moves along with what it is drawn on, instead of standing before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from engines.arrays import Floats
from engines.vision.flow import Motion, warp
from engines.vision.look import State

PERIOD = 96


@dataclass(frozen=True)
class Drift:
    """Two ways that the grain has come, and the share of each.

    ways    float32 hxwx2 (x, y): the grain at p is the one that was at p + way(p) in the beginning, in parts of the width
    shares  squares add up to 1
    """

    ways: Sequence[Floats]
    shares: Sequence[float]

    def places(self, shape: tuple[int, int]) -> Sequence[Floats]:
        """Each way at (height, width), as coordinates in pixels of that size: float32 HxWx2."""
        height, width = shape
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        own = np.dstack([x, y])
        return [own + cv2.resize(way, (width, height)) * np.float32(width) for way in self.ways]


class Drifting:
    """Follows the motion from frame to frame. Ordered.

    Carried for long, grain is stretched and torn, so there are two: each begins anew every 96 drawings, from the way
    that most of the picture has gone, while the other one is all that is seen (Neyret 2003). Shares are the sine and the
    cosine of the age, so that noise keeps its strength.
    """

    def __init__(self) -> None:
        self._ways: list[Floats] = []
        self._age = 0

    def __call__(self, motion: Motion | None) -> Drift | None:
        """The drift at this frame; None where all grain is in its place, as at the first frame of a shot."""
        if motion is None:
            self._ways, self._age = [], 0
            return None
        glide = motion.glide
        size = glide.shape[:2]
        if [way.shape[:2] for way in self._ways] != [size, size]:
            self._ways = [np.zeros_like(glide), np.zeros_like(glide)]
        step = glide / np.float32(size[1])
        self._ways = [warp(way, glide) + step for way in self._ways]
        self._age += 1
        for number in range(2):
            if (self._age + number * PERIOD // 2) % PERIOD == PERIOD // 2:
                self._ways[number] = _most(self._ways[number])
        if not any(way.any() for way in self._ways):
            return None
        turn = np.pi * self._age / PERIOD
        return Drift(tuple(self._ways), (abs(float(np.cos(turn))), abs(float(np.sin(turn)))))

    def state(self) -> State:
        return {"age": self._age, **{str(number): way for number, way in enumerate(self._ways)}}

    def restore(self, state: State) -> None:
        self._age = int(state["age"])
        self._ways = [np.ascontiguousarray(state[str(number)]) for number in range(len(state) - 1)]


def _most(way: Floats) -> Any:
    """The median of a way, everywhere."""
    return np.zeros_like(way) + np.median(way.reshape(-1, 2), axis=0).astype(np.float32)
