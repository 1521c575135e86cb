"""The speaker that needs no weights: espeak-ng in a process of its own."""

import math
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from engines.speech.process import WorkerProcess
from engines.speech.segment import Segment, Spoken, Voice, Word
from engines.speech.trim import silence_around, word_ends
from studio.errors import BadInput, Failed
from studio.paths import ASSETS

ENGINE = "espeak"
WORKER = Path(__file__).with_name("espeak_worker.py")
USUAL_WPM, LEAST_WPM, MOST_WPM = 175, 80, 700
USUAL_PITCH, MOST_PITCH = 50, 99
USUAL_RANGE, MOST_RANGE = 50, 100
FULL_SCALE = 32768.0
RATE = 22050


@dataclass(frozen=True)
class Timbre:
    """How a voice asks espeak-ng: a variant, factors of rate and pitch, and the range of its melody in percent."""

    name: str
    variant: str
    gender: str
    titles: tuple[tuple[str, str], ...]
    rate: float = 1.0
    pitch: float = 1.0
    range: int = USUAL_RANGE


@dataclass(frozen=True)
class Table:
    """``assets/speech/espeak.toml``: timbres and other names for them, and languages whose tags espeak-ng names otherwise."""

    timbres: Mapping[str, Timbre]
    aliases: Mapping[str, str]
    names: Mapping[str, str]


@cache
def table() -> Table:
    data = tomllib.loads((ASSETS / "speech" / "espeak.toml").read_text(encoding="utf-8"))
    timbres = (Timbre(**{**row, "titles": tuple(row["titles"].items())}) for row in data["voice"])
    return Table({timbre.name: timbre for timbre in timbres}, data["aliases"], data["names"])


class Espeak:
    """A speaker (``engines.speech.segment.Speaker``) for any number of callers, who take turns sentence by sentence.

    ``voices`` are those of ``assets/speech/espeak.toml``, which speak all languages. A voice may also be named as espeak-ng does, by
    a language, a variant, or both with a plus: ``en-gb-scotland``, ``ru+f3``.
    """

    def __init__(self) -> None:
        import espeakng_loader as files  # only to find the library: it is never loaded into this process

        command = [sys.executable, "-I", "-S", str(WORKER), str(files.get_library_path()), str(files.get_data_path())]
        self._process = WorkerProcess(command)
        self._variants = frozenset(
            entry.name for entry in Path(files.get_data_path(), "voices", "!v").iterdir() if entry.is_file()
        )
        self._known: dict[str, tuple[str, str]] = {}

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def close(self) -> None:
        """End the process. It starts again when it is needed."""
        self._process.close()

    def languages(self) -> Mapping[str, str]:
        """The tags of all languages that can be spoken, with their English names."""
        return {tag: name for tag, (name, _) in self._files().items()}

    def voices(self) -> Sequence[Voice]:
        return [Voice(timbre.name, ENGINE, (), timbre.gender, timbre.titles) for timbre in table().timbres.values()]

    def check_voice(self, name: str) -> None:
        """Raises BadInput for a voice that doesn't exist."""
        self._asked_voice(name, "en")

    def speaks(self, language: str) -> bool:
        """Whether a language, or the one that it is a kind of, can be spoken."""
        return bool(self._language(language))

    def speak(self, segment: Segment, check: Callable[[], object] = lambda: None) -> Spoken:
        """A segment as sound at 22 050 Hz, silence around it trimmed; ``check`` is called while waiting and may raise.

        Raises BadInput for an unknown voice, Failed when espeak-ng dies over the text.
        """
        voice, timbre = self._asked_voice(segment.voice, segment.language)
        if not segment.phonemes and not any(letter.isalnum() for letter in segment.text):
            return Spoken(np.zeros(0, np.float32), RATE)
        wpm = USUAL_WPM * timbre.rate * segment.rate
        answer, sound = self._process.ask(
            {
                "work": "speak",
                "text": segment.text.replace("\0", " "),
                "phonemes": segment.phonemes,
                "voice": voice,
                "rate": round(min(max(wpm, LEAST_WPM), MOST_WPM)),
                "pitch": _pitch(timbre.pitch * segment.pitch),
                "range": round(min(timbre.range * segment.energy, MOST_RANGE)),
            },
            check,
        )
        if "unknown" in answer:
            raise Failed("speech.no_language", language=segment.language)
        samples = np.frombuffer(sound, "<i2").astype(np.float32) / FULL_SCALE * segment.volume
        return _spoken(segment, samples, answer["rate"], answer["words"])

    def spelt(self, text: str, language: str) -> str:
        """A text in IPA, with its stops. Raises Failed for a language that isn't known."""
        voice, _ = self._asked_voice("", language)
        answer, _ = self._process.ask({"work": "spell", "text": text.replace("\0", " "), "voice": voice})
        if "unknown" in answer:
            raise Failed("speech.no_language", language=language)
        return str(answer["ipa"])

    def _files(self) -> Mapping[str, tuple[str, str]]:
        """For each tag the language's name and its file."""
        if not self._known:
            answer, _ = self._process.ask({"work": "languages"})
            for tag, name, file in answer["languages"]:
                self._known.setdefault(tag.lower(), (name, file))
        return self._known

    def _asked_voice(self, name: str, language: str) -> tuple[str, Timbre]:
        """espeak-ng's name for a voice in a language, and its timbre."""
        known, files = table(), self._files()
        wanted = known.aliases.get(name, name) or next(iter(known.timbres))
        spoken = self._language(language) or known.names["en"]
        if timbre := known.timbres.get(wanted):
            return f"{files[spoken][1]}+{timbre.variant}", timbre
        own, _, variant = wanted.partition("+")
        if not variant and own in self._variants:
            return f"{files[spoken][1]}+{own}", Timbre(name, own, "", ())
        own = own and self._language(own)
        if (not own and wanted[:1] != "+") or (variant and variant not in self._variants):
            raise BadInput("speech.no_voice", name=name, known=", ".join(known.timbres))
        # a voice of one language reads its own; text of another it leaves to that language, in its own timbre
        base = own if own and own.split("-")[0] == spoken.split("-")[0] else spoken
        file = files[base][1]
        return (f"{file}+{variant}" if variant else file), Timbre(name, variant, "", ())

    def _language(self, tag: str) -> str:
        """espeak-ng's name for a language, or nothing."""
        names, known = table().names, self._files()
        parts = tag.replace("_", "-").split("-")
        for count in range(len(parts), 0, -1):
            short = "-".join(parts[:count])
            named = names.get(short, short).lower()
            if named in known:
                return named
        return ""


def _pitch(factor: float) -> int:
    """espeak-ng's pitch, 0..99: 50 is the voice's own, and an octave lies about 50 away."""
    return round(min(max(USUAL_PITCH * (1 + math.log2(max(factor, 0.1))), 0), MOST_PITCH))


def _spoken(segment: Segment, samples: np.ndarray, rate: int, events: Iterable[Sequence[int]]) -> Spoken:
    """Sound without the silence around it, and its words with their places in the source."""
    first, last = silence_around(samples, rate)
    if last <= first:
        return Spoken(samples[:0], rate)
    if segment.phonemes:
        word = Word(segment.text, 0.0, (last - first) / rate, segment.start, segment.end)
        return Spoken(samples[first:last], rate, (word,))
    marks = _words(segment.text, events)
    begins = [min(max(at - first, 0), last - first) for _, _, at in marks]
    kept = samples[first:last]
    ends = word_ends(kept, rate, begins)
    words = [
        Word(segment.text[place:to], begin / rate, end / rate, *segment.source(place, to))
        for (place, to, _), begin, end in zip(marks, begins, ends, strict=True)
    ]
    return Spoken(kept, rate, tuple(words))


def _words(text: str, events: Iterable[Sequence[int]]) -> list[tuple[int, int, int]]:
    """(place, end, first sample) of each word; what an event leaves out up to the next belongs to the word before."""
    starts: dict[int, int] = {}
    for place, _, sample in sorted(events, key=lambda event: event[2]):
        starts.setdefault(min(max(place, 0), len(text)), sample)
    places = sorted(starts)
    found: list[tuple[int, int, int]] = []
    for place, after in zip(places, [*places, len(text)][1:], strict=True):
        word: Any = text[place:after].rstrip()
        if any(letter.isalnum() for letter in word):
            found.append((place, place + len(word), max(starts[place], found[-1][2] if found else 0)))
    return found
