"""A voice made ready to be heard: its buzz taken, tone, sibilants, level, a little room, loudness and a limit. In pieces of any size."""

import math
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from engines.audio.buzz import DeBuzz
from engines.audio.dynamics import Compressor, DeEsser
from engines.audio.filters import Filter, sections
from engines.audio.level import CEILING_DB, gain_to, limiter
from engines.audio.loudness import SILENT, Meter, loudness
from engines.audio.room import Room

ASSETS = Path(__file__).parents[2] / "assets" / "audio"
RATE = 48000
BLOCK = 2048
"""Samples of the source that are worked on at once: every chain of calls sees the same blocks."""
LUFS = -16.0
SHORTEST_S = 0.4
"""A shorter stretch keeps the gain of the one before it."""
REACH_DB = 2.0
"""So far a stretch may be from the loudness that would be its own, to make up for those before it."""
RAMP_S = 0.05
QUIETEST = 1e-4
"""What is asked to be softer than that, as a power, is taken for no softer."""


@dataclass(frozen=True)
class Finish:
    """``style`` is a table of assets/audio/master.toml; ``lufs`` the loudness that is wanted; ``ceiling_db`` the true peak in dBTP."""

    style: str = "voice"
    lufs: float = LUFS
    ceiling_db: float = CEILING_DB


@cache
def styles() -> dict[str, dict[str, Any]]:
    return tomllib.loads((ASSETS / "master.toml").read_text(encoding="utf-8"))


class Chain:
    """Everything before loudness: resampled to 48 kHz, de-buzzed, its tone set, evened out, in a room. Late by ``latency``
    samples of 48 kHz.
    """

    def __init__(self, rate: int, style: str) -> None:
        given: Mapping[str, Any] = styles()[style]
        self._resampled = soxr.ResampleStream(rate, RATE, 1, dtype="float64", quality="HQ")
        buzz = DeBuzz(RATE, **given["buzz"]) if "buzz" in given else None
        self.latency = buzz.latency if buzz else 0
        makers: dict[str, Any] = {"deess": DeEsser, "compressor": Compressor, "room": Room}
        self._stages: list[Any] = [*([buzz] if buzz else []), Filter(sections(given.get("eq", ()), RATE))]
        self._stages += [make(RATE, **given[name]) for name, make in makers.items() if name in given]

    def __call__(self, samples: np.ndarray, last: bool = False) -> np.ndarray:
        """Float (n,) at the source's rate to float64 (m,) at 48 kHz; ``last`` empties the resampler."""
        made = self._resampled.resample_chunk(np.asarray(samples, np.float64), last=last)
        return self.after(made)

    def after(self, samples: np.ndarray) -> np.ndarray:
        """The stages alone, over float64 (n,) at 48 kHz."""
        for stage in self._stages if len(samples) else ():
            samples = stage(samples)
        return samples


class Master:
    """A sound mastered while it comes: give stretches of it, which may be of any length, then ``end``. What comes out is 48 kHz
    float32, in all as long as the sound itself and ``tail_s`` seconds more. Memory doesn't grow.

    Each stretch gets the gain with which all that has been given out is as loud as wished. Where some are asked to be louder than
    others, ``volume`` is the root mean square of what will be asked, and the wish holds for the whole.
    """

    def __init__(self, rate: int, finish: Finish | None = None, *, tail_s: float = 0.0, volume: float = 1.0) -> None:
        finish = finish or Finish()
        self._rate, self._lufs = rate, finish.lufs
        self._chain = Chain(rate, finish.style)
        self._limiter, self._meter = limiter(RATE, finish.ceiling_db), Meter(RATE)
        self._late = self._chain.latency + self._limiter.latency
        self._tail = round(tail_s * RATE)
        self._gain: float | None = None
        self._waiting = np.zeros(0, np.float32)
        self._fed, self._made = 0, 0
        self._usual, self._power = volume**2, 0.0

    def feed(self, samples: np.ndarray, volume: float = 1.0) -> np.ndarray:
        """Float (n,) -1..1 at the source's rate to float32 (m,) at 48 kHz. ``volume`` is how loud the stretch was asked to be, a
        factor.
        """
        return self._finished(self._chained(samples), volume, len(samples))

    def end(self, samples: np.ndarray | None = None, volume: float = 1.0) -> np.ndarray:
        """The last stretch, what is left of those before it, and the tail: float32 (m,)."""
        samples = np.zeros(0, np.float32) if samples is None else samples
        made = [self._chained(samples), self._chain(self._waiting, last=True)]
        length = round(self._fed * RATE / self._rate) + self._tail
        missing = length + self._late - self._made - sum(map(len, made))
        made += [self._chain.after(np.zeros(min(BLOCK, missing - at))) for at in range(0, missing, BLOCK)]
        given = max(self._made - self._late, 0)
        whole = self._finished(joined(made), volume, len(samples))[: length - given]
        fade = min(self._tail, len(whole))
        whole[len(whole) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        return whole

    def _chained(self, samples: np.ndarray) -> np.ndarray:
        """Whole blocks through the chain; what is left over waits."""
        self._waiting = np.concatenate([self._waiting, samples.astype(np.float32, copy=False)])
        self._fed += len(samples)
        whole = len(self._waiting) // BLOCK * BLOCK
        made = [self._chain(self._waiting[at : at + BLOCK]) for at in range(0, whole, BLOCK)]
        self._waiting = self._waiting[whole:]
        return joined(made)

    def _finished(self, sound: np.ndarray, volume: float, length: int) -> np.ndarray:
        """A stretch float64 (n,) behind the chain at the gain that suits it, limited; without what is only there for being late."""
        self._power += volume**2 * length
        gain = self._gain_of(sound, self._wish(volume**2), self._wish(self._power / max(self._fed, 1)))
        before, self._gain = gain if self._gain is None else self._gain, gain
        out = self._limiter(_raised(sound, before, gain))
        self._meter.feed(out)
        out = out[min(max(self._late - self._made, 0), len(out)) :]
        self._made += len(sound)
        return out.astype(np.float32)

    def _wish(self, power: float) -> float:
        """The loudness of what was asked to be of a power, in LUFS."""
        return self._lufs + 10 * math.log10(max(power, QUIETEST) / max(self._usual, QUIETEST))

    def _gain_of(self, sound: np.ndarray, wish: float, wish_of_all: float) -> float:
        level = loudness([sound], RATE)
        short = self._gain is not None and len(sound) < SHORTEST_S * RATE
        if short or level <= SILENT:
            return self._gain or 0.0

        def heard(gain: float, so_far: Meter) -> float:
            meter = deepcopy(so_far)
            meter.feed(deepcopy(self._limiter)(_raised(sound, gain if self._gain is None else self._gain, gain)))
            return meter.level

        own = gain_to(lambda gain: heard(gain, Meter(RATE)), wish, wish - level)
        share = len(sound) / (self._made + len(sound))
        return gain_to(lambda gain: heard(gain, self._meter), wish_of_all, own, share=share, reach=REACH_DB)


def _raised(sound: np.ndarray, before: float, gain: float) -> np.ndarray:
    """By a gain in dB that comes in over ``RAMP_S`` from the one before."""
    ramp = min(round(RAMP_S * RATE), len(sound))
    gains = np.full(len(sound), 10 ** (gain / 20))
    gains[:ramp] = 10 ** (np.linspace(before, gain, ramp, endpoint=False) / 20)
    return sound * gains


def mastered(samples: np.ndarray, rate: int, finish: Finish | None = None, *, tail_s: float = 0.0) -> np.ndarray:
    """A whole sound, float (n,) at ``rate``, mastered: float32 (n * 48000 / rate + tail,)."""
    return Master(rate, finish, tail_s=tail_s).end(samples)


def joined(pieces: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(pieces) if pieces else np.zeros(0)
