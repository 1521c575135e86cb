"""When what is said: subtitles of sentences (SRT, VTT) and a list of sentences and words (JSON)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engines.speech.narrate import Utterance
from engines.speech.segment import Word

LONGEST_CUE_S = 7.0
MOST_LETTERS = 90


@dataclass
class Cue:
    """A sentence or a part of one: its times in seconds, its span in the source, and its words."""

    start_s: float
    end_s: float
    start: int
    end: int
    voice: str
    language: str
    words: list[Word] = field(default_factory=list)


class Timings:
    """Gathers cues while a text is spoken."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.cues: list[Cue] = []
        self._open = False

    def add(self, utterance: Utterance) -> None:
        segment = utterance.segment
        if utterance.end_s <= utterance.start_s:
            return
        if not self._open:
            self.cues.append(
                Cue(utterance.start_s, utterance.end_s, segment.start, segment.end, segment.voice, segment.language)
            )
        cue = self.cues[-1]
        cue.end_s, cue.start, cue.end = utterance.end_s, min(cue.start, segment.start), max(cue.end, segment.end)
        cue.words += utterance.words
        self._open = segment.pause_ms == 0

    def text(self, cue: Cue) -> str:
        """A cue in the words of the source."""
        return " ".join(self._source[cue.start : cue.end].split())

    def written(self, kind: str) -> str:
        """As ``srt``, ``vtt`` or ``json``."""
        return {"srt": self.srt, "vtt": self.vtt, "json": self.json}[kind]()

    def srt(self) -> str:
        rows = enumerate(self._lines(), 1)
        return "\n".join(
            f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{text}\n" for number, (start, end, text) in rows
        )

    def vtt(self) -> str:
        rows = (
            f"{_clock(start, '.')} --> {_clock(end, '.')}\n{_escaped(text)}\n" for start, end, text in self._lines()
        )
        return "WEBVTT\n\n" + "\n".join(rows)

    def json(self) -> str:
        cues = [
            {
                "start": round(cue.start_s, 3),
                "end": round(cue.end_s, 3),
                "text": self.text(cue),
                "voice": cue.voice,
                "language": cue.language,
                "from": cue.start,
                "to": cue.end,
                "words": [
                    {
                        "text": self._source[word.start : word.end] or word.text,
                        "start": round(word.start_s, 3),
                        "end": round(word.end_s, 3),
                    }
                    for word in _whole_words(cue.words)
                ],
            }
            for cue in self.cues
        ]
        return json.dumps({"cues": cues}, ensure_ascii=False, indent=1)

    def _lines(self) -> Iterator[tuple[float, float, str]]:
        """Cues that can be read at once: a long sentence is parted between its words."""
        for cue in self.cues:
            words = list(_whole_words(cue.words))
            text = self.text(cue)
            count = max(int((cue.end_s - cue.start_s) // LONGEST_CUE_S), len(text) // MOST_LETTERS) + 1
            if count == 1 or len(words) < 2 * count:
                yield cue.start_s, cue.end_s, text
                continue
            size = -(-len(words) // count)
            parts = [words[at : at + size] for at in range(0, len(words), size)]
            for number, part in enumerate(parts):
                first = cue.start if number == 0 else part[0].start
                last = cue.end if number + 1 == len(parts) else parts[number + 1][0].start
                until = cue.end_s if number + 1 == len(parts) else part[-1].end_s
                yield part[0].start_s if number else cue.start_s, until, " ".join(self._source[first:last].split())


def _whole_words(words: Iterable[Word]) -> Iterator[Word]:
    """Words of the source: those that one of them was said in as one."""
    last: Word | None = None
    for word in words:
        if last is not None and (word.start, word.end) == (last.start, last.end):
            last = Word(f"{last.text} {word.text}", last.start_s, word.end_s, last.start, last.end)
            continue
        if last is not None:
            yield last
        last = word
    if last is not None:
        yield last


def _clock(seconds: float, comma: str) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}{comma}{whole % 1000:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
