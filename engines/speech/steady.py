"""Utterances → mastered sound, while they come, with the loudness of the whole as it was asked for."""

from collections.abc import Iterable, Iterator

import numpy as np

from engines.audio.master import LUFS, Finish, Master, gain_for, mastered
from engines.speech.narrate import Utterance

KNOWN_S = 12.0
"""A text of at most so many seconds is mastered whole; of a longer one so much tells how loud its voice is."""
TAIL_S = 0.25
PIECE_S = 0.3
ENCODED = {"mp3": (0.45, -1.4), "opus": (0.3, -1.8), "aac": (0.1, -1.8)}
"""What an encoder takes from the loudness, in LU (LAME scales by 0.95), and the ceiling in dBTP under which what is decoded keeps
to ``CEILING_DB``.
"""
CEILING_DB = -1.0


def finish_for(kind: str, style: str = "voice", lufs: float = LUFS) -> Finish:
    """The finish of a sound that is encoded as ``kind``, so that it is as loud as asked once it is decoded."""
    louder, ceiling = ENCODED.get(kind, (0.0, CEILING_DB))
    return Finish(style, lufs + louder, ceiling)


def steadily(utterances: Iterable[Utterance], finish: Finish, known_s: float = KNOWN_S) -> Iterator[np.ndarray]:
    """Float32 (n,) at 48 kHz in pieces, and the room's tail. Memory doesn't grow with the length. What is heard of the first
    ``known_s`` seconds sets the loudness; after that it is steered.
    """
    first: list[np.ndarray] = []
    known, rate = 0.0, 0
    master: Master | None = None
    for utterance in utterances:
        rate = utterance.rate
        if master is not None:
            yield from _fed(master, utterance.samples, rate)
            continue
        first.append(utterance.samples)
        known += len(utterance.samples) / rate
        if known >= known_s:
            beginning = np.concatenate(first)
            gain = gain_for(beginning[: round(known_s * rate)], rate, finish)
            master = Master(rate, finish, gain_db=gain, tail_s=TAIL_S)
            first = []
            yield from _fed(master, beginning, rate)
    if master is not None:
        yield master.end()
    elif first:
        yield mastered(np.concatenate(first), rate, finish, tail_s=TAIL_S)


def _fed(master: Master, samples: np.ndarray, rate: int) -> Iterator[np.ndarray]:
    """In pieces so small that the first goes out at once."""
    size = round(PIECE_S * rate)
    for at in range(0, len(samples), size):
        piece = master.feed(samples[at : at + size])
        if len(piece):
            yield piece
