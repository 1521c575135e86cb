"""Loudness by ITU-R BS.1770-4, gated, of a sound that comes in pieces; true peak at four times the rate."""

import math
from collections.abc import Iterable
from functools import cache

import numpy as np

from engines.audio.filters import Filter

SILENT = -70.0
"""LUFS: the absolute gate, and the answer for silence."""
STEP_S, STEPS = 0.1, 4
OVER, TAPS = 4, 12
BIN, LOUDEST = 0.02, 20.0
"""Blocks are counted in steps of so many LU up to so many LUFS: the memory doesn't grow with the length."""


def weighting(rate: int) -> np.ndarray:
    """The K filter at any rate, float64 (2, 6): a shelf of 4 dB and a high pass (De Man's parameters of the standard)."""
    k, q, gain = math.tan(math.pi * 1681.974450955533 / rate), 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    vb = gain**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = [(gain + vb * k / q + k * k) / a0, 2 * (k * k - gain) / a0, (gain - vb * k / q + k * k) / a0]
    shelf += [1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]
    k, q = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    a0 = 1 + k / q + k * k
    return np.array([shelf, [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]])


class Meter:
    """Integrated loudness so far, in LUFS. Sounds shorter than 0.4 s are measured as a whole."""

    def __init__(self, rate: int, channels: int = 1) -> None:
        self.rate = rate
        self._filters = [Filter(weighting(rate)) for _ in range(channels)]
        self._step = round(STEP_S * rate)
        self._filled, self._power = 0, 0.0
        self._last: list[float] = []
        self._counts = np.zeros(round((LOUDEST - SILENT) / BIN) + 1, np.int64)
        self._powers = np.zeros_like(self._counts, np.float64)

    def feed(self, samples: np.ndarray) -> None:
        """Float (n,) or (n, channels), -1..1."""
        planes = samples[:, None] if samples.ndim == 1 else samples
        squares = np.sum([filtered(planes[:, number]) ** 2 for number, filtered in enumerate(self._filters)], axis=0)
        at = 0
        while at < len(planes):
            part = squares[at : at + self._step - self._filled]
            self._power += float(part.sum())
            self._filled += len(part)
            at += len(part)
            if self._filled == self._step:
                self._last = [*self._last[1 - STEPS :], self._power]
                self._filled, self._power = 0, 0.0
                if len(self._last) == STEPS:
                    self._count(sum(self._last) / (STEPS * self._step))

    def _count(self, power: float) -> None:
        level = lufs(power)
        if level > SILENT:
            index = min(round((level - SILENT) / BIN), len(self._counts) - 1)
            self._counts[index] += 1
            self._powers[index] += power

    @property
    def level(self) -> float:
        """LUFS of what was fed, -70 for silence."""
        count = int(self._counts.sum())
        if not count:
            length = len(self._last) * self._step + self._filled
            return lufs((sum(self._last) + self._power) / length) if length and len(self._last) < STEPS else SILENT
        gate = lufs(float(self._powers.sum()) / count) - 10
        above = np.arange(len(self._counts)) * BIN + SILENT > gate
        return lufs(float(self._powers[above].sum()) / int(self._counts[above].sum()))


def loudness(chunks: Iterable[np.ndarray], rate: int, channels: int = 1) -> float:
    """LUFS of pieces of one sound."""
    meter = Meter(rate, channels)
    for chunk in chunks:
        meter.feed(chunk)
    return meter.level


def lufs(power: float) -> float:
    return max(SILENT, -0.691 + 10 * math.log10(max(power, 1e-10)))


@cache
def interpolator() -> np.ndarray:
    """The low pass that fills three samples between every two: float64 (48,)."""
    count = OVER * TAPS
    taps = np.sinc((np.arange(count) - (count - 1) / 2) / OVER) * np.kaiser(count, 7.0)
    return np.asarray(taps * (OVER / taps.sum()))


def true_peak(samples: np.ndarray) -> float:
    """The greatest size between samples too, for float (n,): 1.0 is 0 dBTP."""
    if not len(samples):
        return 0.0
    between = (np.convolve(samples.astype(np.float64), interpolator()[phase::OVER]) for phase in range(OVER))
    return float(max(np.abs(plane).max() for plane in between))
