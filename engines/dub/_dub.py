"""What all engines that dub share: every line fitted to its slot, mastered, laid over the film's own sound, muxed with its picture as
it is.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engines.audio.master import Finish, mastered
from engines.audio.mixing import CEILING_DB, RATE, mixed, own_sound
from engines.audio.mux import container_of, with_sound
from engines.audio.spool import Spool
from engines.dub._fit import BEFORE_NEXT_S, Fit, fit
from engines.media.probe import probe
from engines.speech.dialogue import cast
from engines.speech.front import Front, Reading
from engines.speech.narrate import narrate
from engines.speech.performer import Performer
from engines.speech.segment import Segment, Spoken
from engines.speech.subtitles import Line, as_srt, own_lines, read_lines
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.dub import DubRequest, DubResult

UNIT = "lines"
TAIL_S = 0.12
"""How long a room goes on behind a line."""


@dataclass(frozen=True)
class Said:
    """A line as it was said, without its sound."""

    line: Line
    voice: str
    fit: Fit
    seconds: float

    def row(self, number: int) -> dict[str, Any]:
        line, fit = self.line, self.fit
        return {
            "line": number,
            "start": round(line.start_s, 3),
            "slot_end": round(line.end_s, 3),
            "end": round(line.start_s + self.seconds, 3),
            "name": line.name,
            "voice": self.voice,
            "text": line.text,
            "ratio": round(self.seconds / (line.end_s - line.start_s), 3),
            "faster": fit.faster,
            "stretch": fit.stretch,
            "borrowed": fit.borrowed_s,
            "overflow": fit.overflow_s,
            "action": fit.action,
        }


def dub(request: DubRequest, run: Run, performer: Performer) -> DubResult:
    """Dub. Raises BadInput for a film without a picture, lines that can't be read, and what the performer raises."""
    film = run.path(request.video)
    info = probe(film)
    known = cast(request.cast)
    if request.srt is None:
        lines = own_lines(film, run.name(request.video), known)
    else:
        lines = read_lines(run.path(request.srt), run.name(request.srt), known)
    lines = [line for line in lines if line.start_s < info.seconds]
    if not lines:
        raise BadInput("dub.lines_too_late", name=run.name(request.video), seconds=round(info.seconds))
    own = own_sound(film, info, run.workdir, lambda: run.step(0, None, unit=UNIT))
    voices = Spool(run.workdir / "voices.f32", RATE)
    length = max(round(info.seconds * RATE), *(channel.length for channel in own), 1)
    try:
        voices.reserve(length)
        said = _speak(request, run, performer, lines, known, voices)
        sound = mixed(
            voices,
            own,
            [(s.line.start_s, s.line.start_s + s.seconds) for s in said],
            request.duck,
            request.under == "replaced",
            lambda: run.step(len(said), len(said), unit=UNIT),
        )
        return _write(request, run, film, sound, said, max(len(own), 1))
    finally:
        for spool in (voices, *own):
            spool.close()


def _speak(
    request: DubRequest, run: Run, performer: Performer, lines: Sequence[Line], known: dict[str, str], voices: Spool
) -> list[Said]:
    actors = _actors(lines, known, performer)
    for voice in actors.values():
        performer.check_voice(voice)
    nexts = [*(line.start_s for line in lines[1:]), voices.length / RATE + BEFORE_NEXT_S]
    said = []
    for number, (line, after) in enumerate(zip(lines, nexts, strict=True)):
        run.step(number, len(lines), unit=UNIT)
        voice = actors.get(line.name.casefold(), performer.voice)
        fitted = _fitted(request, run, performer, line, voice, max(after - BEFORE_NEXT_S - line.start_s, 0.1))
        first = round(line.start_s * RATE)
        seconds = min(len(fitted.samples) / fitted.rate, (voices.length - first) / RATE)
        sound = mastered(fitted.samples, fitted.rate, Finish(performer.style, request.lufs, CEILING_DB), tail_s=TAIL_S)
        voices.add(first, sound)
        said.append(Said(line, voice, replace(fitted, samples=fitted.samples[:0]), seconds))
    run.step(len(lines), len(lines), unit=UNIT)
    return said


def _actors(lines: Sequence[Line], known: dict[str, str], performer: Performer) -> dict[str, str]:
    """A voice for every name: its own where the cast says it, else the next one that nobody has."""
    actors = dict(known)
    usual = performer.voice
    free = [name for name in performer.voices if name not in known.values() and name != usual] or [usual]
    for line in lines:
        if line.name and line.name.casefold() not in actors:
            actors[line.name.casefold()] = free[(len(actors) - len(known)) % len(free)]
    return actors


def _fitted(request: DubRequest, run: Run, performer: Performer, line: Line, voice: str, room_s: float) -> Fit:
    """A line that was fitted before the job was interrupted isn't spoken again."""
    slot = line.end_s - line.start_s
    who = [request.model, request.reference, request.reference_text, voice]
    facts = [line.text, *who, request.language, round(slot, 3), round(room_s, 3), request.fastest, request.stretch]
    kept = run.workdir / f"line-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:20]}.npz"
    if kept.is_file():
        with np.load(kept) as file:
            return Fit(file["samples"], int(file["rate"]), *(float(value) for value in file["facts"]))

    def say(rate: float) -> tuple[np.ndarray, int]:
        def spoken(segment: Segment) -> Spoken:
            return performer.speak(segment, lambda: run.step(0, None, unit=UNIT))

        language = performer.language_for(request.language)
        front = Front(line.text, Reading(language, voice, rate, pauses=1 / rate))
        parts = list(narrate(front.segments(), spoken))
        return np.concatenate([part.samples for part in parts]), parts[0].rate

    made = fit(say, slot, room_s, request.fastest, request.stretch)
    beside = kept.with_suffix(".part.npz")
    facts_made = [made.faster, made.stretch, made.borrowed_s, made.overflow_s]
    np.savez(beside, samples=made.samples, rate=made.rate, facts=facts_made)
    beside.replace(kept)
    return made


def _write(
    request: DubRequest, run: Run, film: Path, sound: Iterator[np.ndarray], said: Sequence[Said], channels: int
) -> DubResult:
    name = Path(run.name(request.video)).stem
    rows = [each.row(number) for number, each in enumerate(said, 1)]
    over = sum(each.fit.overflow_s > 0 for each in said)
    with run.output(container_of(film)[1], name=name) as out:
        with_sound(film, sound, channels, out.path, lambda: run.step(len(said), len(said), unit=UNIT))
    with run.output(".json", name=f"{name} report") as report:
        report.path.write_text(json.dumps({"lines": rows}, ensure_ascii=False, indent=1), encoding="utf-8")
    with run.output(".srt", name=name) as subtitles:
        ended = (replace(each.line, end_s=each.line.start_s + each.seconds) for each in said)
        subtitles.path.write_text(as_srt(ended), encoding="utf-8")
    if over:
        run.note("dub.overflow", count=over)
    return DubResult(output=out.id, report=report.id, subtitles=subtitles.id, lines=len(said), overflowing=over)
