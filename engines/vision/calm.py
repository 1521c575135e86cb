"""Temporal calm: what was drawn a frame ago is carried along the motion and mixed in, where the source allows it."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.kernel import kernel
from engines.vision.carry import carry
from engines.vision.flow import Motion
from engines.vision.look import State

LARGEST = 0.95
MOVING = 0.53
FRACTION = 256
REACH = 2
MARGIN_CODES = 12

Plane = NDArray[Any]


class Calm:
    """Flow-warped moving average with error gating, over planes of any number, size and type.

    O <- S + a T (W O' - S):  S the plane as drawn, O' the result a frame ago, W the warp along the motion, T its
    trust 0..1; a = 0.95 (1 - (1 - strength)^2) where the picture stands still, 0.53 times that where it moves (Lai
    2018, Shekhar 2023). Where lines move, their average is softer than they are; there the result may be sharpened a
    little, which isn't remembered. After n frames of a shot a is at most n / (n + 1), their plain mean. Bytes are
    remembered with eight more bits, so that slow changes arrive.

    Ordered: one call per frame. Everything that doesn't depend on the result a frame ago is in ``Motion``, and may be
    made ahead on other threads.
    """

    def __init__(self, strength: float, *, sharpen: float = 0.0) -> None:
        """``strength`` 0..1; 0 leaves all as it is. ``sharpen``, of the first plane: 0 none, 1 strong."""
        self.amount = LARGEST * (1.0 - (1.0 - min(max(strength, 0.0), 1.0)) ** 2)
        self.sharpen = sharpen
        self._history: tuple[Plane, ...] = ()
        self._age = 0

    def __call__(self, planes: Sequence[Plane], motion: Motion | None) -> tuple[Plane, ...]:
        """Planes uint8 or float32, HxW or HxWxC, each of any size that shows the whole frame; returns new ones alike.

        The first one, luma, is carried more sharply than the others.

        ``motion`` is None at the first frame and at a cut: the history is dropped.
        """
        if self.amount <= 0:
            return tuple(planes)
        if motion is None or [p.shape for p in self._history] != [p.shape for p in planes]:
            self._history = tuple(_deep(plane) for plane in planes)
            self._age = 1
            return tuple(planes)
        weights = _Weights(motion)
        amount = min(self.amount, self._age / (self._age + 1))
        self._age += 1
        results = []
        history = []
        for i, (old, now) in enumerate(zip(self._history, planes, strict=True)):
            deep = mix(now, carry(old, motion.flow, sharp=i == 0), weights.trust(now.shape), amount)
            history.append(deep)
            results.append(_shallow(deep, now.dtype, weights.moves(now.shape), self.sharpen if i == 0 else 0.0))
        self._history = tuple(history)
        return tuple(results)

    def state(self) -> State:
        """The history, so that a restored Calm goes on bit by bit as this one would."""
        return {"age": self._age, **{str(i): plane for i, plane in enumerate(self._history)}}

    def restore(self, state: State) -> None:
        self._age = int(state["age"])
        self._history = tuple(np.ascontiguousarray(state[str(i)]) for i in range(len(state) - 1))


class _Weights:
    """What a motion says about planes of any size, each size made once."""

    def __init__(self, motion: Motion) -> None:
        self._motion = motion
        share = cv2.convertScaleAbs(motion.moves, alpha=MOVING - 1.0, beta=255.0)
        self._made = {motion.trust.shape: cv2.multiply(motion.trust, share, scale=1 / 255)}

    def trust(self, shape: tuple[int, ...]) -> Plane:
        size = (shape[0], shape[1])
        if size not in self._made:
            self._made[size] = _resized(self._made[self._motion.trust.shape], size)
        return self._made[size]

    def moves(self, shape: tuple[int, ...]) -> Plane:
        return _resized(self._motion.moves, (shape[0], shape[1]))


def _resized(plane: Plane, size: tuple[int, int]) -> Plane:
    return cv2.resize(plane, (size[1], size[0]), interpolation=cv2.INTER_LINEAR)


def mix(now: Plane, before: Plane, weight: Plane, amount: float) -> Plane:
    """now + amount weight/255 (before - now), of the type of ``before``, HxW or HxWxC; weight uint8 HxW.

    now uint8 and before uint16 in 1/256 codes, or both float32. Before that, ``before`` is held within the range that
    ``now`` has over 5x5 pixels, give or take 5 % of white: a line that is nowhere near any more leaves no ghost.
    """
    scale = FRACTION if now.dtype == np.uint8 else 1
    spare = MARGIN_CODES * scale if scale > 1 else MARGIN_CODES / 255
    around = np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8)
    if now.ndim > 2:
        weight = np.repeat(weight, now.shape[2], axis=1)
    planes = (now, cv2.erode(now, around), cv2.dilate(now, around), before)
    out = np.empty(weight.shape, before.dtype)
    flat = [np.ascontiguousarray(plane).reshape(weight.shape) for plane in planes]
    bias = np.float32(0.5 if scale > 1 else 0)
    _mix(*flat, weight, np.float32(amount / 255), np.float32(scale), np.float32(spare), bias, out)
    return out.reshape(now.shape)


def _deep(plane: Plane) -> Plane:
    if plane.dtype != np.uint8:
        return np.ascontiguousarray(plane)
    return plane.astype(np.uint16) * np.uint16(FRACTION)


def _shallow(deep: Plane, dtype: np.dtype[Any], moves: Plane, sharpen: float) -> Plane:
    if dtype != np.uint8:
        return deep
    out = np.empty(deep.shape, np.uint8)
    flat = out.reshape(out.shape[0], -1)
    if sharpen > 0 and deep.ndim == 2:
        _sharpened(deep, moves, np.float32(sharpen / (4 * 255)), flat)
    else:
        _rounded(deep.reshape(flat.shape), flat)
    return out


@kernel
def _mix(now, lowest, highest, before, weight, amount, scale, spare, bias, out):  # type: ignore[no-untyped-def]
    height, width = now.shape
    for i in range(height):
        new, low, high, old, share, row = now[i], lowest[i], highest[i], before[i], weight[i], out[i]
        for j in range(width):
            here = np.float32(new[j]) * scale
            held = max(np.float32(old[j]), np.float32(low[j]) * scale - spare)
            held = min(held, np.float32(high[j]) * scale + spare)
            row[j] = here + amount * np.float32(share[j]) * (held - here) + bias


@kernel
def _rounded(deep, out):  # type: ignore[no-untyped-def]
    for i in range(deep.shape[0]):
        row, to = deep[i], out[i]
        for j in range(deep.shape[1]):
            to[j] = (np.int32(row[j]) + 128) >> 8


@kernel
def _sharpened(deep, weight, amount, out):  # type: ignore[no-untyped-def]
    """deep + amount weight (4 deep - its four neighbours), as codes."""
    height, width = deep.shape
    four, one, low, high = np.float32(4), np.float32(1 / 256), np.float32(0), np.float32(255)
    half = np.float32(0.5)
    for i in range(height):
        row, above, below = deep[i], deep[max(i - 1, 0)], deep[min(i + 1, height - 1)]
        left, middle, right = row[: width - 2], row[1 : width - 1], row[2:]
        up, down, share, to = (
            above[1 : width - 1],
            below[1 : width - 1],
            weight[i, 1 : width - 1],
            out[i, 1 : width - 1],
        )
        for j in range(width - 2):
            here = np.float32(middle[j])
            around = np.float32(left[j]) + np.float32(right[j]) + np.float32(up[j]) + np.float32(down[j])
            value = (here + amount * np.float32(share[j]) * (four * here - around)) * one + half
            to[j] = min(max(value, low), high)
        out[i, 0] = (np.int32(row[0]) + 128) >> 8
        out[i, width - 1] = (np.int32(row[width - 1]) + 128) >> 8
