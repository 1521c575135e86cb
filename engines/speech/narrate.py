"""Segments spoken one behind another, as one sound: with silence between them, and no clicks where they meet."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from engines.speech.segment import Segment, Spoken, Word

FADE_S = 0.004


@dataclass(frozen=True)
class Utterance:
    """A segment as it stands in the whole: ``samples`` float32 (n,) with the silence before it; times of ``words``, and of its own
    sound, from the beginning of everything.
    """

    segment: Segment
    samples: np.ndarray
    rate: int
    words: tuple[Word, ...]
    start_s: float
    end_s: float


def narrate(segments: Iterable[Segment], speak: Callable[[Segment], Spoken]) -> Iterator[Utterance]:
    """Speaks segments as they come. All must come at one rate; the silence after the last one is left out."""
    at, pause_ms = 0, 0
    for segment in segments:
        spoken = speak(segment)
        silence = round(pause_ms * spoken.rate / 1000)
        utterance = _placed(segment, spoken, at, silence)
        at += len(utterance.samples)
        pause_ms = segment.pause_ms
        yield utterance


def _placed(segment: Segment, spoken: Spoken, at: int, silence: int) -> Utterance:
    rate = spoken.rate
    begin = (at + silence) / rate
    samples = faded(spoken.samples, rate)
    if silence:
        samples = np.concatenate([np.zeros(silence, np.float32), samples])
    words = tuple(replace(word, start_s=begin + word.start_s, end_s=begin + word.end_s) for word in spoken.words)
    return Utterance(segment, samples, rate, words, begin, begin + spoken.seconds)


def faded(samples: np.ndarray, rate: int) -> np.ndarray:
    """With both ends led to silence within ``FADE_S``."""
    count = min(round(rate * FADE_S), len(samples) // 2)
    if not count:
        return samples
    ramp = np.sin(np.linspace(0, np.pi / 2, count, dtype=np.float32)) ** 2
    made = samples.astype(np.float32, copy=True)
    made[:count] *= ramp
    made[-count:] *= ramp[::-1]
    return made
