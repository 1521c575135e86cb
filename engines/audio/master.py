"""A voice made ready to be heard: its buzz taken, tone, sibilants, level, a little room, loudness and a limit. In pieces of any size."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from engines.audio.buzz import DeBuzz
from engines.audio.dynamics import Compressor, DeEsser
from engines.audio.filters import Filter, sections
from engines.audio.level import MOST_DB, gain_to, levelled, limiter
from engines.audio.loudness import SILENT, Meter
from engines.audio.room import Room

ASSETS = Path(__file__).parents[2] / "assets" / "audio"
RATE = 48000
BLOCK = 2048
"""Samples of the source that are worked on at once: every chain of calls sees the same blocks."""
LUFS, CEILING_DB = -16.0, -1.0
KNOWN_S = 2.0
"""So much of the first utterance tells how loud a voice is."""


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
    """A sound mastered while it comes: feed pieces, get pieces, then ``end``. 48 kHz float32 in all as long as the sound itself,
    and ``tail_s`` seconds more. The same samples for any pieces; memory doesn't grow.

    ``gain_db`` goes before the limiter: from ``gain_for`` one utterance of the voice. While the sound runs it is moved, by no more than
    ``steer`` dB a second, so that the loudness of what has been given out comes to the wish (0: left alone).
    """

    def __init__(
        self, rate: int, finish: Finish | None = None, *, gain_db: float = 0.0, steer: float = 2.0, tail_s: float = 0.0
    ) -> None:
        finish = finish or Finish()
        self._rate, self._target, self._steer = rate, finish.lufs, steer
        self._chain = Chain(rate, finish.style)
        self._limiter = limiter(RATE, finish.ceiling_db)
        self._gain, self._wanted = gain_db, gain_db
        self._meter = Meter(RATE)
        self._late = self._chain.latency + self._limiter.latency
        self._tail = round(tail_s * RATE)
        self._waiting = np.zeros(0, np.float32)
        self._fed, self._given = 0, 0

    def feed(self, samples: np.ndarray) -> np.ndarray:
        """Float (n,) -1..1 at the source's rate to float32 (m,) at 48 kHz, m from nothing to what has come by now."""
        self._waiting = np.concatenate([self._waiting, samples.astype(np.float32, copy=False)])
        self._fed += len(samples)
        whole = len(self._waiting) // BLOCK * BLOCK
        made = [self._block(self._waiting[at : at + BLOCK]) for at in range(0, whole, BLOCK)]
        self._waiting = self._waiting[whole:]
        return joined(made)

    def end(self) -> np.ndarray:
        """What is left, float32 (m,), and the tail."""
        length = round(self._fed * RATE / self._rate) + self._tail
        made = [self._block(self._waiting, last=True)]
        self._waiting = self._waiting[:0]
        while self._given < length:
            made.append(self._finished(self._chain.after(np.zeros(BLOCK))))
        over = self._given - length
        whole = joined(made)
        whole = whole[: len(whole) - over] if over > 0 else whole
        fade = min(self._tail, len(whole))
        if fade:
            whole[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        return whole

    def _block(self, samples: np.ndarray, last: bool = False) -> np.ndarray:
        return self._finished(self._chain(samples, last))

    def _finished(self, samples: np.ndarray) -> np.ndarray:
        if not len(samples):
            return np.zeros(0, np.float32)
        most = self._steer * len(samples) / RATE
        now = self._gain + min(max(self._wanted - self._gain, -most), most)
        gains = 10 ** (np.linspace(self._gain, now, len(samples), endpoint=False) / 20)
        self._gain = now
        made = self._limiter(samples * gains)
        if self._steer:
            self._meter.feed(made)
            level = self._meter.level
            if level > SILENT:
                self._wanted = min(MOST_DB, self._gain + 2 * (self._target - level))
        made = made[min(self._late, len(made)) :] if self._late else made
        self._late -= min(self._late, len(samples))
        self._given += len(made)
        return made.astype(np.float32)


def gain_for(samples: np.ndarray, rate: int, finish: Finish | None = None) -> float:
    """The gain in dB that brings a whole sound, float (n,), to the loudness wished after the limiter; within 0.1 LU where its peaks
    allow. 0 for silence.
    """
    finish = finish or Finish()
    made = _through(samples, rate, finish)
    return gain_to(lambda: [made], RATE, finish.lufs, finish.ceiling_db)


def mastered(samples: np.ndarray, rate: int, finish: Finish | None = None, *, tail_s: float = 0.0) -> np.ndarray:
    """A whole sound, float (n,) at ``rate``, mastered with the gain that it needs: float32 (n * 48000 / rate + tail,)."""
    finish = finish or Finish()
    length = round(len(samples) * RATE / rate) + round(tail_s * RATE)
    made = _through(samples, rate, finish, tail_s)[:length]
    gain = gain_to(lambda: [made], RATE, finish.lufs, finish.ceiling_db)
    done = joined(list(levelled([made], RATE, gain, finish.ceiling_db))).astype(np.float32)
    fade = min(round(tail_s * RATE), length)
    done[length - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return done


def mastering(chunks: Iterable[np.ndarray], rate: int, finish: Finish | None = None) -> Iterator[np.ndarray]:
    """A sound mastered as it comes: its first piece should be an utterance, whose beginning sets the gain."""
    master: Master | None = None
    for chunk in chunks:
        master = master or Master(rate, finish, gain_db=gain_for(chunk[: round(KNOWN_S * rate)], rate, finish))
        yield master.feed(chunk)
    if master is not None:
        yield master.end()


def _through(samples: np.ndarray, rate: int, finish: Finish, tail_s: float = 0.0) -> np.ndarray:
    chain = Chain(rate, finish.style)
    made = np.concatenate([chain(samples, last=True), chain.after(np.zeros(chain.latency + round(tail_s * RATE) + 2))])
    return made[chain.latency :]


def joined(pieces: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
