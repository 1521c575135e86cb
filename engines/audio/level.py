"""A sound brought to a loudness under a true peak, its length kept, in pieces."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from engines.audio.limiter import Limiter
from engines.audio.loudness import SILENT, loudness

CEILING_DB = -1.0
"""What a finished sound's true peak keeps to, in dBTP."""
ENCODED = {"mp3": (0.45, -1.4), "opus": (0.3, -1.8), "aac": (0.1, -1.8)}
"""What an encoder takes from the loudness, in LU (LAME scales by 0.95), and the ceiling in dBTP under which what is decoded keeps to
``CEILING_DB``.
"""
MARGIN_DB = 0.15
"""What a player's own interpolation may find above ours."""
NEAR_LU, TRIES, LEAST_SLOPE = 0.1, 6, 0.25
MOST_DB = 40.0
"""The most that a quiet sound is raised by."""


def to_encode(kind: str, lufs: float) -> tuple[float, float]:
    """The loudness and the ceiling that a sound needs before it is encoded as ``kind``, to be as loud as asked afterwards."""
    louder, ceiling = ENCODED.get("aac" if kind == "m4a" else kind, (0.0, CEILING_DB))
    return lufs + louder, ceiling


def limiter(rate: int, ceiling_db: float) -> Limiter:
    return Limiter(rate, ceiling=10 ** ((ceiling_db - MARGIN_DB) / 20))


def levelled(pieces: Iterable[np.ndarray], rate: int, gain_db: float, ceiling_db: float) -> Iterator[np.ndarray]:
    """Pieces float (n,) raised by a gain and limited: float64, in all as long as they were."""
    limit, gain = limiter(rate, ceiling_db), 10 ** (gain_db / 20)
    late = limit.latency
    for piece in pieces:
        made = limit(piece.astype(np.float64) * gain)
        yield made[min(late, len(made)) :]
        late -= min(late, len(made))
    yield limit(np.zeros(limit.latency))[late:]


def gain_to(
    heard: Callable[[float], float], lufs: float, gain: float, *, share: float = 1.0, reach: float = 2 * MOST_DB
) -> float:
    """The gain in dB at which ``heard`` tells a loudness, within 0.1 LU where peaks and ``reach`` allow, by the secant method.

    It begins at ``gain`` and stays within ``reach`` dB of it; ``share`` is how much of a step is heard where no limiter takes of it.
    """
    least, most = gain - reach, min(gain + reach, MOST_DB)
    gain, last = min(gain, most), (0.0, 0.0)
    slope = share
    for number in range(TRIES):
        level = heard(gain)
        if abs(lufs - level) < NEAR_LU:
            break
        if number and gain != last[0]:
            slope = min(max((last[1] - level) / (last[0] - gain), LEAST_SLOPE * share), share)
        last = (gain, level)
        gain = min(max(gain + (lufs - level) / slope, least), most)
    return gain


def gain_for(sound: Callable[[], Iterable[np.ndarray]], rate: int, lufs: float, ceiling_db: float) -> float:
    """The gain in dB that brings a sound, whose pieces float (n,) can be had again and again, to a loudness behind the limiter.
    0 for silence.
    """
    level = loudness(sound(), rate)
    if level <= SILENT:
        return 0.0
    return gain_to(lambda gain: loudness(levelled(sound(), rate, gain, ceiling_db), rate), lufs, lufs - level)
