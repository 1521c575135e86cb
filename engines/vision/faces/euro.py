"""The One-Euro filter on landmarks: still where the face is still, and at once where it moves."""

import numpy as np
from numpy.typing import NDArray

from engines.arrays import Floats
from engines.vision.look import State

LEAST_CUTOFF = 0.1
BETA = 40.0
SPEED_CUTOFF = 1.0


class OneEuro:
    """Casiez, Roussel and Vogel 2012, for each number of an array by itself.

    Speeds are in sizes of the face per second, so that near and far faces are smoothed alike; the parameters are those
    that MediaPipe uses for its own landmarks: cutoff = 0.1 Hz + 40 Hz x speed, the speed itself held to 1 Hz.
    """

    def __init__(self) -> None:
        self._value: Floats | None = None
        self._speed: Floats | None = None

    def __call__(self, values: Floats, size: float, seconds: float) -> Floats:
        """``values`` float32 of any shape, the same in every call; ``size`` of the face in their unit; ``seconds`` since the last call.

        Returns a new float32 array. The first call gives back what it gets.
        """
        if self._value is None or self._speed is None:
            self._value, self._speed = values.copy(), np.zeros_like(values)
            return values.copy()
        slope = (values - self._value) / np.float32(max(size, 1e-6) * seconds)
        self._speed = self._speed + _share(SPEED_CUTOFF, seconds) * (slope - self._speed)
        share = _share(LEAST_CUTOFF + BETA * np.abs(self._speed), seconds)
        self._value = (self._value + share * (values - self._value)).astype(np.float32)
        return self._value.copy()

    def carry(self, forth: NDArray[np.float64], share: float) -> None:
        """The face went as a whole: points Nx3 go along by ``share`` 0..1 of a turn, scale and shift (2x3, of x and y; z is
        scaled), so that only what it does besides is smoothed, and it isn't late.
        """
        if self._value is None or share <= 0:
            return
        there = self._value * np.float32(np.hypot(forth[0, 0], forth[0, 1]))
        there[:, :2] = self._value[:, :2] @ forth[:, :2].T + forth[:, 2]
        self._value = (self._value + np.float32(share) * (there - self._value)).astype(np.float32)

    def state(self) -> State:
        return {} if self._value is None else {"value": self._value, "speed": self._speed}

    def restore(self, state: State) -> None:
        known = "value" in state
        self._value = np.array(state["value"], np.float32) if known else None
        self._speed = np.array(state["speed"], np.float32) if known else None


def _share(cutoff: Floats | float, seconds: float) -> Floats | np.float32:
    """How much of the way to a new value a low-pass filter goes."""
    return np.float32(1.0) / (
        np.float32(1.0) + np.float32(1.0) / (np.float32(2 * np.pi * seconds) * np.float32(cutoff))
    )
