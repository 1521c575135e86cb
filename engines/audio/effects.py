"""Effects that make a voice somebody else's or somewhere else: chains that stand in assets/audio/effects.toml."""

import math
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from engines.audio.dynamics import Compressor
from engines.audio.filters import Filter, sections
from engines.audio.room import Room
from engines.kernel import kernel
from studio.paths import ASSETS

Stage = Callable[[np.ndarray], np.ndarray]


@cache
def effects() -> dict[str, list[dict[str, Any]]]:
    """By name, the stages of each effect."""
    data = tomllib.loads((ASSETS / "audio" / "effects.toml").read_text(encoding="utf-8"))
    return {name: entry["stage"] for name, entry in data.items()}


class Effect:
    """An effect over a sound in pieces, float64 (n,) to float64 (n,); ``amount`` 0..1 is its share beside the sound itself."""

    def __init__(self, name: str, rate: int, amount: float = 1.0) -> None:
        self._stages = [stage(entry, rate) for entry in effects()[name]]
        self._amount = amount

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        made = np.ascontiguousarray(samples, np.float64)
        for each in self._stages:
            made = each(made)
        return made * self._amount + samples * (1 - self._amount)


def stage(entry: Mapping[str, Any], rate: int) -> Stage:
    """One stage as data says it. Raises KeyError for an unknown ``kind``."""
    given = {name: value for name, value in entry.items() if name != "kind"}
    makers: dict[str, Callable[[], Stage]] = {
        "eq": lambda: Filter(sections(given["bands"], rate)),
        "room": lambda: Room(rate, **given),
        "compressor": lambda: Compressor(rate, **given),
        "drive": lambda: Drive(**given),
        "ring": lambda: Ring(rate, **given),
        "echoes": lambda: Echoes(rate, **given),
        "sway": lambda: Sway(rate, **given),
    }
    return makers[entry["kind"]]()


class Drive:
    """A soft bend of loud samples by ``db``, as an overdriven little loudspeaker has; no louder than before."""

    def __init__(self, db: float) -> None:
        self._gain = 10 ** (db / 20)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        made: np.ndarray = np.tanh(samples * self._gain) / math.tanh(self._gain)
        return made


class Ring:
    """Multiplied by a tone of ``hz``, ``mix`` of it."""

    def __init__(self, rate: int, *, hz: float, mix: float) -> None:
        self._step, self._mix, self._clock = 2 * math.pi * hz / rate, mix, 0

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        tone = np.sin(self._step * (self._clock + np.arange(len(samples))))
        self._clock += len(samples)
        return samples * (1 - self._mix) + samples * tone * (self._mix * math.sqrt(2))


class Echoes:
    """One echo after ``seconds``, and an echo of that: each is ``back`` of the one before. Short ones ring like a pipe."""

    def __init__(self, rate: int, *, seconds: float, back: float, mix: float) -> None:
        self._ring, self._place = np.zeros(max(1, round(seconds * rate))), np.zeros(1, np.int64)
        self._set = np.array([back, mix])

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        made = np.empty_like(samples)
        _echo(samples, made, self._ring, self._place, self._set)
        return made


@kernel
def _echo(samples: np.ndarray, made: np.ndarray, ring: np.ndarray, place: np.ndarray, given: np.ndarray) -> None:
    back, mix = given
    at = place[0]
    for i in range(len(samples)):
        late = ring[at]
        ring[at] = samples[i] + back * late
        made[i] = samples[i] + mix * late
        at = at + 1 if at + 1 < len(ring) else 0
    place[0] = at


class Sway:
    """A copy whose delay sways around ``ms`` by ``depth_ms`` at ``hz``: a chorus; ``mix`` of it."""

    def __init__(self, rate: int, *, ms: float, depth_ms: float, hz: float, mix: float) -> None:
        self._set = np.array([ms * rate / 1000, depth_ms * rate / 1000, 2 * math.pi * hz / rate, mix])
        self._past, self._clock = np.zeros(math.ceil((ms + depth_ms) * rate / 1000) + 2), np.zeros(1, np.int64)

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        made = np.empty_like(samples)
        _sway(samples, made, self._past, self._clock, self._set)
        return made


@kernel
def _sway(samples: np.ndarray, made: np.ndarray, past: np.ndarray, clocks: np.ndarray, given: np.ndarray) -> None:
    middle, depth, step, mix = given
    sound = np.concatenate((past, samples))
    size = len(past)
    for i in range(len(samples)):
        back = middle + depth * math.sin(step * (clocks[0] + i))
        whole = int(back)
        part = back - whole
        at = size + i - whole
        made[i] = samples[i] * (1 - mix) + mix * (sound[at] * (1 - part) + sound[at - 1] * part)
    past[:] = sound[len(samples) :]
    clocks[0] += len(samples)
