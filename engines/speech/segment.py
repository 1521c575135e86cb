"""What the text front end gives to every voice, and what a voice gives back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Segment:
    """A stretch of text in one language for one voice: a sentence, or a part of it.

    ``text`` is what is to be said, with numbers and signs already in words; ``language`` a BCP-47 tag such as ``en`` or ``zh``;
    ``voice`` the name of a voice, empty for the speaker's own choice. ``rate``, ``pitch``, ``volume`` and ``energy`` (the liveliness
    of the melody) are factors, 1 is the voice's own. ``pause_ms`` is silence after it. ``phonemes``, where given, are said in place
    of the text (IPA). ``start`` and ``end`` are its span in the source text, in characters. ``spans`` lead back: each is a place in
    ``text``, its end, and the span in the source text that it was made from; without them the text stands there as it is.
    """

    text: str
    language: str
    voice: str = ""
    rate: float = 1.0
    pitch: float = 1.0
    volume: float = 1.0
    energy: float = 1.0
    pause_ms: int = 0
    phonemes: str | None = None
    start: int = 0
    end: int = 0
    spans: tuple[tuple[int, int, int, int], ...] = ()

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The span in the source text of a span in ``text``."""
        if not self.spans:
            return min(self.start + start, self.end), min(self.start + end, self.end)
        places = [self._place(*span, start, end) for span in self.spans if span[0] < end and start < span[1]]
        if not places:
            near = min(self.spans, key=lambda span: min(abs(span[0] - start), abs(span[1] - start)))
            return near[2], near[3]
        return min(place[0] for place in places), max(place[1] for place in places)

    @staticmethod
    def _place(at: int, to: int, start: int, end: int, asked: int, until: int) -> tuple[int, int]:
        if to - at != end - start:
            return start, end
        return start + max(0, asked - at), start + min(to, until) - at


@dataclass(frozen=True)
class Word:
    """A word as spoken: times in seconds from the beginning of the sound, ``start`` and ``end`` its span in the source text."""

    text: str
    start_s: float
    end_s: float
    start: int
    end: int


@dataclass(frozen=True)
class Spoken:
    """A segment as sound: ``samples`` float32 (n,) in -1..1, mono; ``rate`` in Hz."""

    samples: np.ndarray
    rate: int
    words: tuple[Word, ...] = ()

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


@dataclass(frozen=True)
class Voice:
    """A voice that can be asked for by ``name``. ``languages`` are BCP-47 tags, empty for one that speaks all of its engine's;
    ``gender`` is ``female``, ``male`` or empty; ``titles`` a friendly name by language of the page.
    """

    name: str
    engine: str
    languages: tuple[str, ...] = ()
    gender: str = ""
    titles: tuple[tuple[str, str], ...] = ()

    def title(self, lang: str) -> str:
        """The friendly name in a language of the page, else in English, else the name."""
        named = dict(self.titles)
        return named.get(lang) or named.get("en") or self.name


class Speaker(Protocol):
    """Something that speaks segments, such as one espeak process or a loaded network."""

    def voices(self) -> Sequence[Voice]: ...

    def speak(self, segment: Segment) -> Spoken: ...
