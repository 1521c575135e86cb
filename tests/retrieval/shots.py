"""A few drawn shots, described once for all tests."""

from functools import cache

import numpy as np

from engines.arrays import Bytes
from engines.retrieval.encoder import Description, likeness
from engines.retrieval.fingerprint import Fingerprint
from tests.bench.scenery import scene

COUNT = 40


@cache
def fingerprint() -> Fingerprint:
    return Fingerprint()


@cache
def pictures() -> tuple[Bytes, ...]:
    return tuple(scene(700 + number, 480, 270) for number in range(COUNT))


@cache
def described() -> tuple[Description, ...]:
    return tuple(fingerprint().describe(pictures()))


def found(picture: Bytes, without: int = -1) -> tuple[int, float]:
    """The number of the picture that is found for this one, and how sure that is; ``without`` isn't in the library."""
    encoder = fingerprint()
    question = encoder.ask(picture)
    numbers = [number for number in range(COUNT) if number != without]
    likely = likeness(question, np.stack([described()[number].vectors for number in numbers]))
    scores = encoder.verify(question, [described()[number].detail for number in numbers], likely)
    best = int(scores.argmax())
    return numbers[best], encoder.sure(float(scores[best]))
