"""What an encoder of frames is: a frame becomes a few vectors that an index compares, and a detail that settles the best candidates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from engines.arrays import Bytes, Floats
from engines.kernel import kernel


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
    ``rows`` and ``dim`` are the R and D of all its descriptions; ``side`` is how many pixels of a picture's shorter side it looks at.
    """

    name: str
    version: str
    rows: int
    dim: int
    side: int

    def describe(self, frames: Sequence[Bytes]) -> list[Description]:
        """Of uint8 RGB HxWx3 frames of any sizes, in their order. The same frame gives the same bytes, whatever is beside it."""
        ...

    def ask(self, picture: Bytes) -> Question:
        """Of a uint8 RGB HxWx3 picture."""
        ...

    def again(self, vectors: Floats, details: Sequence[bytes]) -> Question:
        """Of frames that are stored: vectors NxRxD and their details."""
        ...

    def verify(self, question: Question, details: Sequence[bytes], alike: Floats) -> Floats:
        """float32 N: the scores of the N best candidates, looked at more closely. ``alike`` is what ``likeness`` says of them, NxQ;
        the details of one that was just removed are empty.
        """
        ...

    def sure(self, score: float) -> float:
        """0..1: how sure it is that a score of ``verify`` is of what was asked for. At 0.5 at most 1 % of questions about what isn't
        there get an answer.
        """
        ...


class WordEncoder(Encoder, Protocol):
    """An encoder whose pictures and words lie in one space. Words are parts between commas; parts behind a minus shouldn't be seen."""

    def ask_words(self, words: str) -> Question: ...

    def ask_both(self, picture: Bytes, words: str) -> Question:
        """Of a picture, with what it should show besides and what it shouldn't."""
        ...


def likeness(question: Question, vectors: Floats) -> Floats:
    """float32 NxQ, each -1..1, of frames with ``vectors`` NxRxD: what each row of the question and the frame's nearest row are alike."""
    out = np.empty((len(vectors), len(question.vectors)), np.float32)
    _nearest_rows(np.ascontiguousarray(question.vectors), np.ascontiguousarray(vectors), out)
    return out


@kernel
def _nearest_rows(question: Floats, vectors: Floats, out: Floats) -> None:
    """A loop and no product of matrices: for so few, the threads of those take longer than the work."""
    for n in range(vectors.shape[0]):
        for q in range(question.shape[0]):
            most = np.float32(-2)
            for r in range(vectors.shape[1]):
                product = np.float32(0)
                for k in range(question.shape[1]):
                    product += question[q, k] * vectors[n, r, k]
                most = max(most, product)
            out[n, q] = most
