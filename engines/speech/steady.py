"""Utterances → mastered sound, while they come, with the loudness of the whole as it was asked for."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from engines.audio.level import to_encode
from engines.audio.master import LUFS, RATE, Finish, Master
from engines.speech.narrate import Utterance

STRETCH_S = 2.0
"""So much is heard before its loudness is set: the less, the sooner something goes out."""
TAIL_S = 0.25
PIECE_S = 0.3


def finish_for(kind: str, style: str = "voice", lufs: float = LUFS) -> Finish:
    """The finish of a sound that is encoded as ``kind``, so that it is as loud as asked once it is decoded."""
    return Finish(style, *to_encode(kind, lufs))


def steadily(utterances: Iterable[Utterance], finish: Finish, volume: float = 1.0) -> Iterator[np.ndarray]:
    """Float32 (n,) at 48 kHz in pieces, and the room's tail. Memory doesn't grow with the length: stretches of some seconds, which
    end with an utterance, are as loud as asked. ``volume`` is the mean of what the text asks for (``Front.volume``).
    """
    waiting: list[np.ndarray] = []
    master: Master | None = None
    power = 0.0
    for utterance in utterances:
        master = master or Master(utterance.rate, finish, tail_s=TAIL_S, volume=volume)
        waiting.append(utterance.samples)
        power += utterance.segment.volume**2 * len(utterance.samples)
        length = sum(map(len, waiting))
        if length < STRETCH_S * utterance.rate:
            continue
        yield from _pieces(master.feed(np.concatenate(waiting), math.sqrt(power / length)))
        waiting, power = [], 0.0
    if master is not None:
        length = sum(map(len, waiting))
        yield from _pieces(
            master.end(np.concatenate([np.zeros(0, np.float32), *waiting]), math.sqrt(power / max(length, 1)))
        )


def _pieces(samples: np.ndarray) -> Iterator[np.ndarray]:
    """So small that the first can be encoded and go out at once."""
    size = round(PIECE_S * RATE)
    return (samples[at : at + size] for at in range(0, len(samples), size))
