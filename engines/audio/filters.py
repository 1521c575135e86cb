"""Second-order filters by the Audio EQ Cookbook (Robert Bristow-Johnson), run in pieces of any size."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engines.kernel import kernel


def section(kind: str, hz: float, rate: int, *, q: float = 0.7071, db: float = 0.0) -> np.ndarray:
    """One filter section, float64 (6,): b0 b1 b2 1 a1 a2. ``hz`` is held below nine tenths of half the rate.

    Raises ValueError for an unknown kind.
    """
    w = 2 * math.pi * min(hz, 0.45 * rate) / rate
    cos, alpha, a = math.cos(w), math.sin(w) / (2 * q), 10 ** (db / 40)
    root = 2 * math.sqrt(a) * alpha
    match kind:
        case "highpass":
            b, d = ((1 + cos) / 2, -(1 + cos), (1 + cos) / 2), (1 + alpha, -2 * cos, 1 - alpha)
        case "lowpass":
            b, d = ((1 - cos) / 2, 1 - cos, (1 - cos) / 2), (1 + alpha, -2 * cos, 1 - alpha)
        case "bandpass":
            b, d = (alpha, 0.0, -alpha), (1 + alpha, -2 * cos, 1 - alpha)
        case "allpass":
            b, d = (1 - alpha, -2 * cos, 1 + alpha), (1 + alpha, -2 * cos, 1 - alpha)
        case "peak":
            b, d = (1 + alpha * a, -2 * cos, 1 - alpha * a), (1 + alpha / a, -2 * cos, 1 - alpha / a)
        case "lowshelf":
            b = (
                a * (a + 1 - (a - 1) * cos + root),
                2 * a * (a - 1 - (a + 1) * cos),
                a * (a + 1 - (a - 1) * cos - root),
            )
            d = (a + 1 + (a - 1) * cos + root, -2 * (a - 1 + (a + 1) * cos), a + 1 + (a - 1) * cos - root)
        case "highshelf":
            b = (
                a * (a + 1 + (a - 1) * cos + root),
                -2 * a * (a - 1 + (a + 1) * cos),
                a * (a + 1 + (a - 1) * cos - root),
            )
            d = (a + 1 - (a - 1) * cos + root, 2 * (a - 1 - (a + 1) * cos), a + 1 - (a - 1) * cos - root)
        case _:
            raise ValueError(f"no filter is called {kind}")
    return np.array([*b, *d], np.float64) / d[0]


def sections(table: Sequence[Mapping[str, Any]], rate: int) -> np.ndarray:
    """Filters as data say them (``kind``, ``hz``, ``q``, ``db``), one after the other: float64 (n, 6)."""
    if not table:
        return np.array([[1.0, 0, 0, 1, 0, 0]])
    return np.stack(
        [section(str(one["kind"]), rate=rate, **{k: float(v) for k, v in one.items() if k != "kind"}) for one in table]
    )


class Filter:
    """Sections one after the other over a sound that comes in pieces: what comes out doesn't depend on the pieces."""

    def __init__(self, sos: np.ndarray) -> None:
        self.sos = np.ascontiguousarray(np.atleast_2d(sos))
        self._state = np.zeros((len(self.sos), 2))

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Float (n,) to float64 (n,)."""
        samples = np.ascontiguousarray(samples, np.float64)
        made = np.empty_like(samples)
        _filter(samples, made, self.sos, self._state)
        return made


@kernel
def _filter(samples: np.ndarray, made: np.ndarray, sos: np.ndarray, state: np.ndarray) -> None:
    for i in range(len(samples)):
        value = samples[i]
        for k in range(len(sos)):
            out = sos[k, 0] * value + state[k, 0]
            state[k, 0] = sos[k, 1] * value - sos[k, 4] * out + state[k, 1]
            state[k, 1] = sos[k, 2] * value - sos[k, 5] * out
            value = out
        made[i] = value
