"""Restyle by WORLD: pitch, size, melody and breath of a voice, and effects. Needs no weights, and never learns a person's voice."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from engines.audio.ahead import ahead
from engines.audio.effects import Effect, effects
from engines.audio.files import SoundWriter, chunks
from engines.audio.level import CEILING_DB, gain_for, levelled, to_encode
from engines.audio.mux import RATE, container_of, with_sound
from engines.audio.spool import Spool
from engines.audio.world import Change, centre_of, changed, pitch_track
from engines.media.probe import probe
from studio.engine import Engine
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.restyle import RestyleRequest, RestyleResult

ENGINE = Engine(task="restyle", name="world", rank=10, needs=("pyworld",))
BLOCK_S, SEARCH_S, AROUND_S, JOIN_S = 4.0, 0.7, 0.25, 0.01
"""A block's length, how far around its end the quietest place is looked for, what is worked on besides, and the cross-fade."""
MOST_RATE = 48_000
PIECE_S = 2.0
UNIT = "seconds"


def run(request: RestyleRequest, run: Run) -> RestyleResult:
    """Restyle. Raises BadInput for a file that can't be read or has no sound."""
    source = run.path(request.sound)
    film = probe(source).kind == "video"
    rate = RATE if film else min(chunks(source)[0], MOST_RATE)
    _, pieces = chunks(source, rate)
    before, after = Spool(run.workdir / "before.f32", rate), Spool(run.workdir / "after.f32", rate)
    try:
        before.fill((piece[:, 0] for piece in pieces), lambda done: run.step(0, None, unit=UNIT))
        if not before.length:
            raise BadInput("audio.no_sound", name=run.name(request.sound))
        total = round(before.length / rate)

        def look(*_: object) -> None:
            run.step(round(after.length / rate), 2 * total, unit=UNIT)

        near = centre_of(_stepping(before.pieces(PIECE_S), look), rate)
        # what only goes through an effect isn't taken apart
        finder = 0.0 if change_for(request, near).is_none else near
        tracks = list(ahead(lambda ends: _track(before, ends, finder), _blocks(before), run.threads, look))
        voiced = np.concatenate([track[track > 0] for track in tracks])
        centre = float(np.median(voiced)) if len(voiced) else near
        if not centre:
            run.note("restyle.no_voice")
        after.fill(_restyled(request, before, tracks, centre, run.threads, look), look)
        lufs, ceiling = to_encode("aac" if film else request.format, request.lufs)
        gain = gain_for(lambda: _stepping(after.pieces(PIECE_S), look), rate, lufs, ceiling)
        sound = levelled(after.pieces(PIECE_S), rate, gain, ceiling)
        output = _write_film(request, run, source, sound) if film else _write(request, run, rate, sound)
    finally:
        before.close()
        after.close()
    run.step(2 * total, 2 * total, unit=UNIT)
    return RestyleResult(output=output, seconds_of_sound=before.length / rate, pitch_before=centre)


def warm() -> None:
    """Compile effects and the limiter."""
    noise = np.random.default_rng(0).normal(0, 0.1, RATE)
    for name in effects():
        Effect(name, RATE)(noise)
    gain_for(lambda: [noise], RATE, -16.0, CEILING_DB)


def change_for(request: RestyleRequest, centre: float) -> Change:
    """What is done to a voice whose middle pitch is ``centre`` Hz."""
    wanted = request.pitch / centre if request.pitch and centre else 1.0
    return Change(
        pitch=wanted * 2 ** (request.shift / 12),
        centre=centre or 150.0,
        range=request.intonation,
        formants=request.formants,
        breath=request.breath,
        tilt=request.brightness,
    )


def _stepping(pieces: Iterable[np.ndarray], step: Callable[[], object]) -> Iterator[np.ndarray]:
    for piece in pieces:
        step()
        yield piece


def _track(sound: Spool, ends: tuple[int, int], near: float) -> np.ndarray:
    begin, until = _with_around(sound, ends)
    return pitch_track(sound.part(begin, until), sound.rate, near)


def _with_around(sound: Spool, ends: tuple[int, int]) -> tuple[int, int]:
    around = round(AROUND_S * sound.rate)
    return max(0, ends[0] - around), min(sound.length, ends[1] + around)


def _restyled(
    request: RestyleRequest,
    sound: Spool,
    tracks: Sequence[np.ndarray],
    centre: float,
    threads: int,
    step: Callable[[], object],
) -> Iterator[np.ndarray]:
    change = change_for(request, centre)
    effect = None if request.effect == "plain" else Effect(request.effect, sound.rate, request.amount)
    join = round(JOIN_S * sound.rate)

    def block(ends_and_track: tuple[tuple[int, int], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """A block, and the beginning of what follows it."""
        (first, end), track = ends_and_track
        begin, until = _with_around(sound, (first, end))
        made = changed(sound.part(begin, until), sound.rate, track, change)
        return made[first - begin : end - begin], made[end - begin : end - begin + join]

    last = np.zeros(0)
    for piece, follows in ahead(block, zip(_blocks(sound), tracks, strict=True), threads, step):
        size = min(len(last), len(piece))
        fade = np.linspace(0, 1, size, endpoint=False)
        piece[:size] = last[:size] * (1 - fade) + piece[:size] * fade
        last = follows
        yield effect(piece) if effect else piece


def _blocks(sound: Spool) -> Iterator[tuple[int, int]]:
    first = 0
    while first < sound.length:
        end = _cut(sound, first)
        yield first, end
        first = end


def _cut(sound: Spool, first: int) -> int:
    """Where a block that begins at ``first`` ends: at the quietest 20 ms around its length."""
    due, search, size = first + round(BLOCK_S * sound.rate), round(SEARCH_S * sound.rate), sound.rate // 50
    if due + 2 * search >= sound.length:
        return sound.length
    part = sound.part(due - search, due + search)
    power = np.square(part[: len(part) // size * size].astype(np.float64)).reshape(-1, size).sum(1)
    return due - search + int(power.argmin()) * size + size // 2


def _write(request: RestyleRequest, run: Run, rate: int, sound: Iterator[np.ndarray]) -> str:
    # Opus knows only some rates, and 48 kHz is each one's best
    if request.format == "opus" and rate != MOST_RATE:
        sound, rate = _to_opus(sound, rate), MOST_RATE
    name = Path(run.name(request.sound)).stem
    with run.output(f".{request.format}", name=name) as out, SoundWriter(out.path, rate, kind=request.format) as writer:
        for piece in sound:
            writer.write(piece)
            run.step(0, None, unit=UNIT)
    return out.id


def _to_opus(sound: Iterator[np.ndarray], rate: int) -> Iterator[np.ndarray]:
    import soxr

    stream = soxr.ResampleStream(rate, MOST_RATE, 1, dtype="float32", quality="HQ")
    for piece in sound:
        yield stream.resample_chunk(piece.astype(np.float32))
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _write_film(request: RestyleRequest, run: Run, source: Path, sound: Iterator[np.ndarray]) -> str:
    _, suffix, _ = container_of(source)
    with run.output(suffix, name=Path(run.name(request.sound)).stem) as out:
        with_sound(source, sound, 1, out.path, lambda: run.step(0, None, unit=UNIT))
    return out.id
