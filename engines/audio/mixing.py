"""A film's own sound under voices: ducked with smooth ramps, or taken away but for its room tone."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from engines.audio.files import chunks
from engines.audio.level import ENCODED, limiter
from engines.audio.spool import Spool
from engines.media.probe import MediaInfo

RATE = 48_000
DOWN_S, UP_S, HOLD_S = 0.15, 0.4, 0.8
"""The ramps before and after a line, and the shortest pause in which the sound comes up again."""
BLOCK_S = 2.0
TONE_S, TONE_STEP_S, TONE_JOIN_S, LOUDEST_TONE = 1.0, 0.25, 0.2, 10 ** (-42 / 20)
CEILING_DB = ENCODED["aac"][1]
"""A film's sound is encoded after all."""
FRAME_S, HEARD = 0.02, 10 ** (-45 / 20)
"""Somebody speaks where this much is heard."""
Spans = Sequence[tuple[float, float]]


def own_sound(film: Path, info: MediaInfo, workdir: Path, step: Callable[[], object]) -> list[Spool]:
    """The sound of a film, a spool in ``workdir`` for each of its one or two channels; none where it has none."""
    if not info.audio:
        return []
    spools = [Spool(workdir / f"own{number}.f32", RATE) for number in range(min(info.audio[0].channels, 2))]
    _, pieces = chunks(film, RATE, len(spools))
    for piece in pieces:
        step()
        for number, spool in enumerate(spools):
            spool.fill([piece[:, number]])
    return spools


def heard(voices: Spool) -> list[tuple[float, float]]:
    """Stretches in seconds in which a sound can be heard."""
    size, at = round(FRAME_S * RATE), 0.0
    found: list[tuple[float, float]] = []
    for piece in voices.pieces(size * 250 / RATE):
        power = np.square(np.pad(piece, (0, -len(piece) % size)).astype(np.float64)).reshape(-1, size).mean(1)
        loud = np.flatnonzero(np.diff(power > HEARD**2, prepend=False, append=False))
        found += [(at + begin * FRAME_S, at + end * FRAME_S) for begin, end in loud.reshape(-1, 2)]
        at += len(power) * FRAME_S
    return merged(found)


def merged(spans: Spans) -> list[tuple[float, float]]:
    """Stretches of speech in seconds, those between which the sound needn't come up joined."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if joined and start - joined[-1][1] < HOLD_S:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def duck_gain(spans: Spans, first: int, last: int, db: float) -> np.ndarray:
    """The gain of samples ``first`` to ``last``, float64 (n,): 1, and ``db`` lower during ``merged`` spans, on raised cosines between."""
    time = np.arange(first, last) / RATE
    depth = np.zeros(len(time))
    for start, end in spans:
        if start - DOWN_S > time[-1] or end + UP_S < time[0]:
            continue
        inside = np.minimum((time - start + DOWN_S) / DOWN_S, (end + UP_S - time) / UP_S)
        depth = np.maximum(depth, 0.5 - 0.5 * np.cos(np.pi * np.clip(inside, 0, 1)))
    gain: np.ndarray = 10 ** (-db * depth / 20)
    return gain


class Tone:
    """The quietest second of a sound, again and again: what a room sounds like when nobody speaks. Silent where none is quiet."""

    def __init__(self, sound: Spool, step: Callable[[], object]) -> None:
        size, apart = round(TONE_S * RATE), round(TONE_STEP_S * RATE)
        best, place = LOUDEST_TONE, -1
        for at in range(0, max(sound.length - size, 0), apart):
            step()
            level = float(np.sqrt(np.mean(np.square(sound.part(at, at + size), dtype=np.float64))))
            if 0 < level < best:
                best, place = level, at
        self._loop = np.zeros(size)
        if place >= 0:
            join = round(TONE_JOIN_S * RATE)
            tone = sound.part(place, place + size).astype(np.float64)
            turn = np.linspace(0, np.pi / 2, join)
            self._loop = tone[join:]
            self._loop[-join:] = self._loop[-join:] * np.cos(turn) + tone[:join] * np.sin(turn)

    def part(self, first: int, last: int) -> np.ndarray:
        return self._loop[np.arange(first, last) % len(self._loop)]


def mixed(
    voices: Spool, own: Sequence[Spool], spans: Spans, duck_db: float, replace: bool, step: Callable[[], object]
) -> Iterator[np.ndarray]:
    """The whole sound in pieces float64 (n, channels) at 48 kHz, under -1 dBTP with room for an encoder; as long as ``voices``. ``step``
    is called while a room's tone is looked for, and may raise.
    """
    spans = merged(spans)
    tones = [Tone(channel, step) for channel in own] if replace else []
    limits = [limiter(RATE, CEILING_DB) for _ in range(max(len(own), 1))]
    share = len(limits) ** -0.5  # in two channels at once, a voice is as loud as it was in one
    late, size = limits[0].latency, round(BLOCK_S * RATE)
    for first in range(0, voices.length + late, size):
        last = min(first + size, voices.length + late)
        voice = _padded(voices.part(first, last), last - first) * share
        gain = None if replace else duck_gain(spans, first, last, duck_db)
        made = []
        for number, limit in enumerate(limits):
            under = np.zeros(len(voice))
            if tones:
                under = tones[number].part(first, last)
            elif own and gain is not None:
                under = _padded(own[number].part(first, last), len(voice)) * gain
            made.append(limit(voice + under))
        yield np.stack(made, 1)[max(0, late - first) :]


def _padded(samples: np.ndarray, length: int) -> np.ndarray:
    return np.pad(samples.astype(np.float64), (0, length - len(samples)))
