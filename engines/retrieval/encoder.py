"""What an encoder of frames is: a frame becomes a few vectors that an index compares, and a detail that settles the best candidates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from engines.arrays import Bytes, Floats


@dataclass(frozen=True)
class Description:
    """A frame as it is stored. ``vectors``: float32 RxD, rows of length 1, or of zeros where there is nothing to see;
    ``detail``: at most some 8 KB that only ``verify`` reads, or nothing.
    """

    vectors: Floats
    detail: bytes = b""


@dataclass(frozen=True)
class Question:
    """What is looked for. ``vectors``: float32 QxD, rows of length 1, each a way to see the question (mirrored, without its border...).
    ``detail`` is the encoder's own, for ``verify``; it is kept in memory only.
    """

    vectors: Floats
    detail: Any = None


class Encoder(Protocol):
    """``name`` and ``version`` stand beside each stored vector: descriptions of another name or version aren't compared.
    ``rows`` and ``dim`` are the R and D of all its descriptions.
    """

    name: str
    version: str
    rows: int
    dim: int

    def describe(self, frames: Sequence[Bytes]) -> list[Description]:
        """Of uint8 RGB HxWx3 frames of any sizes, in their order. The same frame gives the same bytes, whatever is beside it."""
        ...

    def ask(self, picture: Bytes) -> Question:
        """Of a uint8 RGB HxWx3 picture."""
        ...

    def verify(self, question: Question, details: Sequence[bytes], scores: Floats) -> Floats:
        """float32 N: the scores of the N best candidates, looked at more closely; ``scores`` (float32 N, by ``likeness``) where there
        is nothing more to see.
        """
        ...

    def sure(self, score: float) -> float:
        """0..1: how sure it is that a score of ``verify`` is of what was asked for. At 0.5 at most 1 % of questions about what isn't
        there get an answer.
        """
        ...


class WordEncoder(Encoder, Protocol):
    """An encoder whose pictures and words lie in one space."""

    def ask_words(self, text: str) -> Question:
        """Of a sentence."""
        ...


def likeness(question: Question, vectors: Floats) -> Floats:
    """float32 N, each -1..1, of frames with ``vectors`` NxRxD: the best of all pairs of a row of the question and a row of the frame."""
    frames, rows, dim = vectors.shape
    pairs = vectors.reshape(frames * rows, dim) @ question.vectors.T
    return np.asarray(pairs.reshape(frames, rows * len(question.vectors)).max(axis=1), np.float32)
