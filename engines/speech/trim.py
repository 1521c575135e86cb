"""Where sound begins and ends."""

from collections.abc import Sequence

import numpy as np

FRAME_S = 0.005
QUIET_DB = -52.0
"""Under this, compared with the loudest frame, is silence."""
KEPT_S = 0.008
ONSET_FRAMES = 2
"""So much of the next word may be heard before its mark."""
SHORTEST_WORD_S = 0.02


def loud_frames(samples: np.ndarray, rate: int) -> tuple[np.ndarray, int]:
    """For each frame of ``FRAME_S`` whether it can be heard, bool (n,), and the frame's size in samples."""
    size = max(1, round(rate * FRAME_S))
    padded = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size)
    power = np.einsum("ij,ij->i", padded, padded) / size
    top = float(power.max(initial=0.0))
    return power > max(top * 10 ** (QUIET_DB / 10), 1e-10), size


def silence_around(samples: np.ndarray, rate: int) -> tuple[int, int]:
    """First sample that can be heard and the one behind the last, with ``KEPT_S`` to spare on either side."""
    loud, size = loud_frames(samples, rate)
    heard = np.flatnonzero(loud)
    if not len(heard):
        return 0, 0
    spare = round(rate * KEPT_S)
    return max(0, int(heard[0]) * size - spare), min(len(samples), (int(heard[-1]) + 1) * size + spare)


def word_ends(samples: np.ndarray, rate: int, begins: Sequence[int]) -> list[int]:
    """Where each word ends: where the next begins, or before that, where silence does."""
    loud, size = loud_frames(samples, rate)
    least = round(rate * SHORTEST_WORD_S)
    ends = []
    for begin, after in zip(begins, [*begins, len(samples)][1:], strict=True):
        heard = np.flatnonzero(loud[begin // size : max(after // size - ONSET_FRAMES, begin // size + 1)])
        end = (begin // size + int(heard[-1]) + 1) * size if len(heard) else max(after, begin)
        ends.append(min(max(end, begin + least), max(after, begin)))
    return ends
