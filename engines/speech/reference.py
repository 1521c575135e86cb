"""A recording of somebody's voice whose words are known: what a voice that has none of its own speaks like."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.audio.files import chunks
from engines.speech.trim import silence_around
from studio.errors import BadInput

RATE = 24_000
LEAST_S, MOST_S = 1, 30
MOST_READ_S = 120


@dataclass(frozen=True)
class Reference:
    """``file`` holds float32 samples of one channel at ``rate`` Hz, silence around them trimmed; ``text`` is what is said in them."""

    file: Path
    rate: int
    seconds: float
    text: str


def reference(recording: Path, name: str, text: str, workdir: Path) -> Reference:
    """What can be spoken like, its samples in ``workdir``.

    Raises BadInput for a recording without sound, of another length than ``LEAST_S`` to ``MOST_S``, or whose words aren't given.
    """
    if not any(letter.isalnum() for letter in text):
        raise BadInput("speech.no_words", name=name)
    samples = _read(recording)
    first, last = silence_around(samples, RATE)
    seconds = (last - first) / RATE
    if not LEAST_S <= seconds <= MOST_S:
        raise BadInput("speech.reference_length", name=name, seconds=round(seconds, 1), least=LEAST_S, most=MOST_S)
    file = workdir / "reference.f32"
    samples[first:last].tofile(file)
    return Reference(file, RATE, seconds, text)


def _read(recording: Path) -> np.ndarray:
    """Its sound, float32 (n,); of a long one only as much as shows that it is too long."""
    _, pieces = chunks(recording, RATE)
    read: list[np.ndarray] = []
    while sum(map(len, read)) < MOST_READ_S * RATE and (piece := next(pieces, None)) is not None:
        read.append(piece[:, 0])
    return np.concatenate([np.zeros(0, np.float32), *read])
