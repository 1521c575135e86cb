"""The front end: any text, plain, a dialogue or SSML → segments that a voice can say, in order and a few at a time."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from engines.speech.dialogue import lines
from engines.speech.languages import AUTO, LATIN, Languages, main_language, runs
from engines.speech.lexicon import Lexicon
from engines.speech.mapped import Mapped
from engines.speech.normalise import cleaned, normalised
from engines.speech.sayas import said_as
from engines.speech.segment import Segment
from engines.speech.sentences import CLAUSE_MS, sentences
from engines.speech.ssml import Piece, Reader, Style, is_ssml
from studio.errors import BadInput

STOPS = frozenset(".!?…。！？,，;；:：、")
LONGEST_PAUSE_MS = 10_000
VOLUME = "volume"


@dataclass(frozen=True)
class Reading:
    """How a text is read. ``language`` is a BCP-47 tag or ``auto``; ``rate``, ``pitch``, ``volume``, ``energy`` and ``pauses`` are factors;
    ``cast`` gives voices to the names of a dialogue (None: the text is none; empty: names get voices of ``players`` in turn).
    """

    language: str = AUTO
    voice: str = ""
    rate: float = 1.0
    pitch: float = 1.0
    volume: float = 1.0
    energy: float = 1.0
    pauses: float = 1.0
    lexicon: Lexicon = field(default_factory=Lexicon)
    cast: Mapping[str, str] | None = None
    players: tuple[str, ...] = ()


class Front:
    """Reads one text. ``unknown`` names the tags of SSML that were passed over, once the segments have been taken."""

    def __init__(self, text: str, reading: Reading) -> None:
        self._text, self._reading = text, reading
        self._languages = Languages.of(text, reading.language)
        self._reader = Reader()

    @property
    def unknown(self) -> frozenset[str]:
        return frozenset(self._reader.unknown)

    def volume(self) -> float:
        """The root mean square of the volumes that the text asks for, by its letters. Raises as ``segments`` does for SSML."""
        if not is_ssml(self._text) or VOLUME not in self._text:
            return self._reading.volume
        asked = [(len(p.text), p.style.volume) for p in Reader().pieces(self._text, Style()) if p.text]
        count = sum(length for length, _ in asked)
        return self._reading.volume * math.sqrt(sum(n * volume**2 for n, volume in asked) / count) if count else 1.0

    def segments(self) -> Iterator[Segment]:
        """Raises BadInput for a text with nothing to say in it, and for SSML that may not be read."""
        any_, waiting = False, None
        for segment in self._all():
            heard = bool(segment.phonemes) or any(letter.isalnum() for letter in segment.text)
            if not heard:
                if waiting is not None:
                    pause = min(
                        max(waiting.pause_ms, segment.pause_ms) if not segment.text else waiting.pause_ms,
                        LONGEST_PAUSE_MS,
                    )
                    waiting = replace(waiting, pause_ms=pause)
                continue
            if waiting is not None:
                yield waiting
            any_, waiting = True, segment
        if waiting is not None:
            yield waiting
        if not any_:
            raise BadInput("speech.nothing_to_say")

    def _all(self) -> Iterator[Segment]:
        style = Style(voice=self._reading.voice)
        if is_ssml(self._text):
            for piece in self._reader.pieces(self._text, style):
                yield from self._piece(piece)
            return
        for start, end, voice in self._lines():
            spoken = replace(style, voice=voice or style.voice)
            for sentence in sentences(self._text, start, end):
                text = Mapped.of(self._text[sentence.start : sentence.end], sentence.start)
                yield from self._sentence(text, spoken, sentence.pause_ms)

    def _lines(self) -> Iterator[tuple[int, int, str]]:
        if self._reading.cast is None:
            return iter([(0, len(self._text), "")])
        return lines(self._text, self._reading.cast, self._reading.players)

    def _piece(self, piece: Piece) -> Iterator[Segment]:
        """A stretch of SSML: a stretch that ends within a sentence has no pause after it."""
        if piece.style.phonemes or piece.style.alias or piece.style.say_as:
            if text := cleaned(piece.text).stripped():
                yield from self._sentence(text, piece.style, 0)
            return
        for sentence in sentences(piece.text.text):
            text = piece.text[sentence.start : sentence.end]
            ended = text.text[-1:] in STOPS or sentence.pause_ms == CLAUSE_MS
            yield from self._sentence(text, piece.style, sentence.pause_ms if ended else 0)
        if piece.pause_ms:
            yield self._segment(piece.text, piece.style.language, piece.style, piece.pause_ms)

    def _sentence(self, text: Mapped, style: Style, pause_ms: int) -> Iterator[Segment]:
        text = cleaned(text)
        asked = style.language or self._reading.language
        languages = Languages.of(text.text, asked) if style.language else self._languages.for_sentence(text.text, asked)
        main = style.language or main_language(text.text, languages)
        found: list[tuple[Mapped, str, str | None]] = []
        if style.phonemes:
            found.append((text, main, style.phonemes))
        elif style.alias or style.say_as:
            words = style.alias or said_as(text.text, style.say_as, style.form, main)
            made = Mapped.made(words, *text.span())
            found += [(made[start:end], code, None) for start, end, code in runs(words, languages, main)]
        else:
            for part, phonemes in self._reading.lexicon.parts(text, main):
                if phonemes:
                    found.append((part, main, phonemes))
                else:
                    found += [(run, code, None) for run, code in self._runs(part, languages, main)]
        for number, (part, code, phonemes) in enumerate(found, 1):
            last = number == len(found)
            yield self._segment(part, code, style, pause_ms if last else 0, phonemes, inner=not last)

    def _runs(self, text: Mapped, languages: Languages, main: str) -> Iterator[tuple[Mapped, str]]:
        """A text as it is said, in runs of one language. Figures beside letters of another alphabet are read as there."""
        said: list[Mapped] = []
        for start, end, code in _readings(text.text, languages, main):
            part = text[start:end]
            space = part.text[-1:].isspace()
            said.append(normalised(part, code))
            if space and said[-1]:
                said.append(text[end - 1 : end])
        whole = Mapped.joined(said).stripped()
        for start, end, code in runs(whole.text, languages, main):
            if run := whole[start:end].stripped():
                yield run, code

    def _segment(
        self,
        text: Mapped,
        language: str,
        style: Style,
        pause_ms: int,
        phonemes: str | None = None,
        *,
        inner: bool = False,
    ) -> Segment:
        start, end = text.span()
        spans = text.spans()
        plain = len(spans) == 1 and spans[0][1] - spans[0][0] == spans[0][3] - spans[0][2]
        words = text.text + ("," if inner and text.text[-1:].isalnum() and not phonemes else "")
        return Segment(
            text=words,
            language=language or self._languages.latin,
            voice=style.voice,
            rate=self._reading.rate * style.rate,
            pitch=self._reading.pitch * style.pitch,
            volume=self._reading.volume * style.volume,
            energy=self._reading.energy,
            pause_ms=min(round(pause_ms * self._reading.pauses), LONGEST_PAUSE_MS),
            phonemes=phonemes,
            start=start,
            end=end,
            spans=() if plain else spans,
        )


def _readings(text: str, languages: Languages, main: str) -> Iterator[tuple[int, int, str]]:
    """Stretches of a sentence by the language that reads their figures: the sentence's own, and that of other scripts in it.

    A name in Latin letters stands in any sentence, and its figures are read as the sentence's.
    """
    latin = languages.of_script(LATIN)
    start, now = 0, ""
    for first, _, code in runs(text, languages, main):
        code = main if code == latin and main != latin else code
        if now and code != now:
            yield start, first, now
            start = first
        now = code
    if start < len(text):
        yield start, len(text), now or main
