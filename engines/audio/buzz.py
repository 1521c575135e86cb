"""What makes a formant synthesiser less of a buzzer, after the mixed excitation of MELP (McCree and Barnwell, 1995): its pulses are
spread in time, its high voiced band is partly breath, and its pitch wanders a little.
"""

import math

import numpy as np

from engines.audio.filters import Filter, section
from engines.kernel import kernel

DRIFT = ((0.71, 0.5), (1.63, 0.3), (3.9, 0.2))
"""Hz and share of the slow waves that the pitch wanders on: too slow to be heard as a vibrato, never in step."""
CONTROL = 64
"""Samples between two places of the wandering."""
NOISE_HZ, SPREAD_S = 500.0, (0.0, 0.0017, 0.0039)
"""The high band is multiplied by noise of so many Hz, which breaks its harmonics and keeps its shape, at so many delays, which
fill the gaps between pulses.
"""


class DeBuzz:
    """``spread`` sections of all-pass disperse the pulses; ``breath`` (0..1) of the band above ``hz`` is noise that breathes with the
    voice; ``cents`` is how far the pitch wanders. The same noise for the same ``seed``.
    """

    def __init__(self, rate: int, *, spread: int, hz: float, breath: float, cents: float, seed: int = 1) -> None:
        places = np.geomspace(500, 7000, max(spread, 1))
        self._spread = (
            Filter(np.stack([section("allpass", place, rate, q=0.9) for place in places[:spread]])) if spread else None
        )
        self._high = Filter(section("highpass", hz, rate))
        self._random = np.random.Generator(np.random.PCG64(seed))
        fall = math.exp(-2 * math.pi * NOISE_HZ / rate)
        self._set = np.array([breath, fall, math.sqrt(12 * (1 - fall**2) ** 3 / (1 + fall**2) / len(SPREAD_S))])
        self._delays = np.array([round(seconds * rate) for seconds in SPREAD_S])
        self._state, self._past = np.zeros((2, len(SPREAD_S))), np.zeros(int(self._delays.max()))
        slope = 2 ** (cents / 1200) - 1
        self._waves = np.array(
            [[2 * math.pi * hz / rate, slope * share * rate / (2 * math.pi * hz)] for hz, share in DRIFT]
        )
        self._centre = math.ceil(self._waves[:, 1].sum()) + 3
        self._ring, self._clock = np.zeros(2 * self._centre + 8), np.zeros(1, np.int64)
        self.latency = self._centre

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Float64 (n,) to float64 (n,): the sound of ``latency`` samples before."""
        made = np.empty_like(samples)
        _wander(samples, made, self._waves, self._centre, self._ring, self._clock)
        noise = self._random.random((len(samples), len(SPREAD_S))) - 0.5
        _breathe(made, self._high(made), noise, self._set, self._delays, self._past, self._state)
        return made if self._spread is None else self._spread(made)


@kernel
def _wander(
    samples: np.ndarray, made: np.ndarray, waves: np.ndarray, centre: int, past: np.ndarray, clocks: np.ndarray
) -> None:
    clock, size = clocks[0], len(past)
    sound = np.concatenate((past, samples))
    now, slope = 0.0, 0.0
    for i in range(len(samples)):
        if i % CONTROL == 0:  # the way to where the waves are a control step on
            now, then = float(centre), float(centre)
            for k in range(len(waves)):
                now += waves[k, 1] * math.sin(waves[k, 0] * (clock + i))
                then += waves[k, 1] * math.sin(waves[k, 0] * (clock + i + CONTROL))
            slope = (then - now) / CONTROL
        back = now + slope * (i % CONTROL)
        whole = int(back)
        t = 1 - (back - whole)
        at = size + i - whole
        # third order between four samples (Catmull and Rom)
        a, b, c, d = sound[at - 2], sound[at - 1], sound[at], sound[at + 1]
        made[i] = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    past[:] = sound[len(samples) :]
    clocks[0] = clock + len(samples)


@kernel
def _breathe(
    made: np.ndarray,
    high: np.ndarray,
    noise: np.ndarray,
    given: np.ndarray,
    delays: np.ndarray,
    past: np.ndarray,
    state: np.ndarray,
) -> None:
    breath, fall, gain = given
    sound = np.concatenate((past, high))
    size = len(past)
    for i in range(len(made)):
        mixed = 0.0
        for k in range(len(delays)):
            state[0, k] = fall * state[0, k] + noise[i, k]
            state[1, k] = fall * state[1, k] + state[0, k]
            mixed += gain * state[1, k] * sound[size + i - delays[k]]
        made[i] += breath * (mixed - high[i])
    past[:] = sound[len(made) :]
