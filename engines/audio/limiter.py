"""No peak above a ceiling, between the samples neither: a limiter that looks ahead."""

import math

import numpy as np

from engines.audio.loudness import OVER, TAPS, interpolator
from engines.kernel import kernel

QUIET = 0.4
"""What four times the rate can't find above the ceiling: samples that stay under so much of it."""


class Limiter:
    """No true peak above ``ceiling``: sizes are taken at four times the rate, the gain is known ``ahead_ms`` before a peak and
    comes in over that time on a bent line (two running means), so that it neither clicks nor overshoots.

    Late by ``latency`` samples.
    """

    def __init__(self, rate: int, *, ceiling: float, ahead_ms: float = 4.0, release_ms: float = 80.0) -> None:
        half = max(8, round(rate * ahead_ms / 2000))
        self._taps = np.ascontiguousarray(interpolator().reshape(TAPS, OVER).T)
        self._set = np.array([ceiling, math.exp(-1000 / (rate * release_ms))])
        self._least, self._times = np.ones(2 * half), np.zeros(2 * half, np.int64)
        self._once, self._twice = np.ones(half), np.ones(half)
        self.latency = 2 * half - 2 + TAPS // 2
        self._sound, self._past = np.zeros(self.latency + 1), np.zeros(TAPS)
        self._state = np.array([1.0, half, half])
        self._count = np.zeros(4, np.int64)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Float64 (n,) to float64 (n,): the sound of ``latency`` samples before."""
        made = np.empty_like(samples)
        rings = (self._least, self._times, self._once, self._twice, self._sound, self._past)
        _limit(samples, made, self._taps, self._set, rings, self._state, self._count)
        return made


@kernel
def _limit(
    samples: np.ndarray,
    made: np.ndarray,
    taps: np.ndarray,
    given: np.ndarray,
    rings: tuple[np.ndarray, ...],
    state: np.ndarray,
    count: np.ndarray,
) -> None:
    ceiling, release = given
    least, times, once, twice, sound, past = rings
    held, sum_once, sum_twice = state
    clock, first, size, loud = count
    span, half, length = len(least), len(once), len(past)
    for i in range(len(samples)):
        for k in range(length - 1, 0, -1):
            past[k] = past[k - 1]
        past[0] = samples[i]
        loud = length if abs(samples[i]) > QUIET * ceiling else max(0, loud - 1)
        peak = abs(past[length // 2])
        if loud > 0:
            for phase in range(taps.shape[0]):
                value = 0.0
                for k in range(length):
                    value += taps[phase, k] * past[k]
                peak = max(peak, abs(value))
        wanted = ceiling / peak if peak > ceiling else 1.0
        # the least of the last ``span`` wishes: a queue of those that no later one undercuts
        while size > 0 and least[(first + size - 1) % span] >= wanted:
            size -= 1
        if size > 0 and times[first] <= clock - span:
            first = (first + 1) % span
            size -= 1
        least[(first + size) % span] = wanted
        times[(first + size) % span] = clock
        size += 1
        held = min(least[first], 1 - release * (1 - held))
        sum_once += held - once[clock % half]
        once[clock % half] = held
        sum_twice += sum_once / half - twice[clock % half]
        twice[clock % half] = sum_once / half
        sound[clock % len(sound)] = samples[i]
        made[i] = sound[(clock + 1) % len(sound)] * min(1.0, sum_twice / half)
        clock += 1
    state[0], state[1], state[2] = held, sum_once, sum_twice
    count[0], count[1], count[2], count[3] = clock, first, size, loud
