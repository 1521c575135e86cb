"""Level over time: a compressor and a de-esser."""

import math

import numpy as np

from engines.audio.filters import Filter, section
from engines.kernel import kernel


class Compressor:
    """Feed-forward with a soft knee, after Giannoulis, Massberg and Reiss (2012); the size is a smoothed mean of squares."""

    def __init__(
        self,
        rate: int,
        *,
        threshold: float,
        ratio: float,
        knee: float = 6.0,
        attack_ms: float = 8.0,
        release_ms: float = 120.0,
    ) -> None:
        fall = [math.exp(-1000 / (rate * ms)) for ms in (attack_ms, release_ms, 10.0)]
        self._set = np.array([threshold, 1 - 1 / max(ratio, 1.0), max(knee, 1e-3), *fall])
        self._state = np.zeros(2)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Float64 (n,) to float64 (n,)."""
        made = np.empty_like(samples)
        _compress(samples, made, self._set, self._state)
        return made


@kernel
def _compress(samples: np.ndarray, made: np.ndarray, given: np.ndarray, state: np.ndarray) -> None:
    threshold, slope, knee, attack, release, mean = given
    power, reduction = state
    for i in range(len(samples)):
        power = mean * power + (1 - mean) * samples[i] * samples[i]
        over = 10 * math.log10(power + 1e-12) - threshold
        if over <= -knee / 2:
            wanted = 0.0
        elif over >= knee / 2:
            wanted = slope * over
        else:
            wanted = slope * (over + knee / 2) ** 2 / (2 * knee)
        fall = attack if wanted > reduction else release
        reduction = fall * reduction + (1 - fall) * wanted
        made[i] = samples[i] * 10 ** (-reduction / 20)
    state[0], state[1] = power, reduction


class DeEsser:
    """Takes the band around ``hz`` back where it is louder, beside the whole, than ``over`` dB; by at most ``most`` dB."""

    def __init__(self, rate: int, *, hz: float, over: float, most: float) -> None:
        self._band, self._set = (
            Filter(section("bandpass", hz, rate, q=0.9)),
            np.array([over, most, math.exp(-1 / (0.004 * rate))]),
        )
        self._state = np.zeros(3)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Float64 (n,) to float64 (n,)."""
        made, band = np.empty_like(samples), self._band(samples)
        _deess(samples, band, made, self._set, self._state)
        return made


@kernel
def _deess(samples: np.ndarray, band: np.ndarray, made: np.ndarray, given: np.ndarray, state: np.ndarray) -> None:
    over, most, fall = given
    whole, part, gain = state
    for i in range(len(samples)):
        whole = fall * whole + (1 - fall) * samples[i] * samples[i]
        part = fall * part + (1 - fall) * band[i] * band[i]
        excess = 10 * math.log10((part + 1e-10) / (whole + 1e-10)) - over
        wanted = 0.0 if excess <= 0 or whole < 1e-7 else min(excess, most)
        gain = fall * gain + (1 - fall) * wanted
        made[i] = samples[i] - band[i] * (1 - 10 ** (-gain / 20))
    state[0], state[1], state[2] = whole, part, gain
