"""Temporal calm: what was drawn a frame ago is carried along the motion and mixed in, where the source allows it."""

from collections.abc import Sequence

import cv2
import numpy as np
from numba import njit

from engines.vision.carry import Plane, carry
from engines.vision.flow import Motion
from engines.vision.look import State

LARGEST = 0.9


class Calm:
    """Flow-warped moving average with error gating, over planes of any number, size and type.

    O <- S + a T (W O' - S):  S the plane as drawn, O' the result a frame ago, W the warp along the motion, T its trust 0..1,
    a = 0.9 strength (Lai 2018, Shekhar 2023; T is ``flow.trust``). Ordered: one call per frame. Everything that doesn't
    depend on the result a frame ago, flow and trust, is in ``Motion`` and may be made ahead on other threads.
    """

    def __init__(self, strength: float, *, sharp: bool = True) -> None:
        """``strength`` 0..1; 0 leaves everything as it is. ``sharp``: see ``carry``."""
        self.amount = LARGEST * min(max(strength, 0.0), 1.0)
        self.sharp = sharp
        self._history: tuple[Plane, ...] = ()

    def __call__(self, planes: Sequence[Plane], motion: Motion | None) -> tuple[Plane, ...]:
        """Planes uint8 or float32, HxW or HxWxC, each of any size that shows the whole frame; returns new ones alike.

        ``motion`` is None at the first frame and at a cut: the history is dropped.
        """
        if self.amount <= 0:
            return tuple(planes)
        if motion is None or [p.shape for p in self._history] != [p.shape for p in planes]:
            self._history = tuple(np.ascontiguousarray(plane) for plane in planes)
        else:
            weights = _Weights(motion)
            self._history = tuple(
                mix(now, carry(before, motion.flow, sharp=self.sharp), weights.at(now.shape), self.amount)
                for before, now in zip(self._history, planes, strict=True)
            )
        return self._history

    def state(self) -> State:
        """The history, so that a restored Calm goes on bit by bit as this one would."""
        return {str(i): plane for i, plane in enumerate(self._history)}

    def restore(self, state: State) -> None:
        self._history = tuple(np.ascontiguousarray(state[str(i)]) for i in range(len(state)))


class _Weights:
    """The trust of a motion at the sizes that planes have, each made once."""

    def __init__(self, motion: Motion) -> None:
        self._made = {motion.trust.shape: motion.trust}
        self._trust = motion.trust

    def at(self, shape: tuple[int, ...]) -> Plane:
        size = shape[:2]
        if size not in self._made:
            self._made[size] = cv2.resize(self._trust, (size[1], size[0]), interpolation=cv2.INTER_LINEAR)
        return self._made[size]


def mix(now: Plane, before: Plane, weight: Plane, amount: float) -> Plane:
    """now + amount weight/255 (before - now): planes HxW or HxWxC of one type, weight uint8 HxW."""
    out = np.empty_like(now, order="C")
    channels = now.shape[2] if now.ndim == 3 else 1
    if channels > 1:
        weight = np.repeat(weight, channels, axis=1)
    flat = weight.shape
    bias = 0.5 if now.dtype == np.uint8 else 0.0
    _mix(np.ascontiguousarray(now).reshape(flat), before.reshape(flat), weight, np.float32(amount / 255), np.float32(bias), out.reshape(flat))
    return out


@njit(nogil=True, cache=True, fastmath=True, error_model="numpy")
def _mix(now, before, weight, amount, bias, out):  # type: ignore[no-untyped-def]
    height, width = now.shape
    for i in range(height):
        new, old, share, row = now[i], before[i], weight[i], out[i]
        for j in range(width):
            here = np.float32(new[j])
            row[j] = here + amount * np.float32(share[j]) * (np.float32(old[j]) - here) + bias
