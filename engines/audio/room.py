"""A room: a few early echoes and a tail from a network of delays (Jot and Chaigne, 1991), eight lines mixed by Householder."""

import math

import numpy as np

from engines.kernel import kernel

LINES = (0.0297, 0.0371, 0.0411, 0.0437, 0.0503, 0.0571, 0.0617, 0.0683)
"""Seconds at size 1."""
EARLY = ((0.0043, 0.5), (0.0097, -0.36), (0.0151, 0.27), (0.0233, -0.2))


class Room:
    """Adds ``mix`` of a room (0..1) to a sound. ``seconds`` is the time in which the tail falls by 60 dB, ``size`` scales the
    distances, ``damp`` (0..1) is how much the walls swallow of the high tones.
    """

    def __init__(self, rate: int, *, mix: float, seconds: float, size: float = 1.0, damp: float = 0.5) -> None:
        lengths = [max(2, round(s * size * rate)) for s in LINES]
        self._lines = np.zeros((len(LINES), max(lengths)))
        self._lengths = np.array(lengths)
        self._falls = np.array([10 ** (-3 * n / (rate * max(seconds, 0.05))) for n in lengths])
        self._echoes = np.array([max(1, round(s * size * rate)) for s, _ in EARLY])
        self._strengths = np.array([gain for _, gain in EARLY])
        self._early = np.zeros(int(self._echoes.max()))
        self._damped = np.zeros(len(LINES))
        self._set = np.array([mix, 1 - math.exp(-2 * math.pi * (1500 + 9000 * (1 - damp)) / rate)])
        self._places = np.zeros(len(LINES), np.int64)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Float64 (n,) to float64 (n,): the sound itself is neither delayed nor changed in size."""
        made = np.empty_like(samples)
        rings = (self._lines, self._early, self._damped)
        _room(samples, made, rings, self._lengths, self._falls, self._echoes, self._strengths, self._set, self._places)
        return made


@kernel
def _room(
    samples: np.ndarray,
    made: np.ndarray,
    rings: tuple[np.ndarray, np.ndarray, np.ndarray],
    lengths: np.ndarray,
    falls: np.ndarray,
    echoes: np.ndarray,
    strengths: np.ndarray,
    given: np.ndarray,
    places: np.ndarray,
) -> None:
    lines, early, damped = rings
    mix, open_ = given
    size, count = len(early), len(lengths)
    sound = np.concatenate((early, samples))
    for i in range(len(samples)):
        near = 0.0
        for k in range(len(echoes)):
            near += strengths[k] * sound[size + i - echoes[k]]
        total, tail, sign = 0.0, 0.0, 1.0
        for k in range(count):
            damped[k] += open_ * (lines[k, places[k]] * falls[k] - damped[k])
            total += damped[k]
            tail += sign * damped[k]
            sign = -sign
        for k in range(count):
            lines[k, places[k]] = damped[k] - total * 2 / count + near * 0.35
            places[k] += 1
            if places[k] == lengths[k]:
                places[k] = 0
        made[i] = samples[i] + mix * (near + tail)
    early[:] = sound[len(samples) :]
