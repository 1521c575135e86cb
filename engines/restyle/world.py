"""Restyle by WORLD: pitch, size, melody and breath of a voice, and effects. Needs no weights, and never learns a person's voice."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from engines.audio.effects import Effect
from engines.audio.files import SoundWriter, chunks
from engines.audio.level import gain_to, levelled
from engines.audio.mux import RATE, container_of, with_sound
from engines.audio.spool import Spool
from engines.audio.world import Change, centre_of, changed, pitch_track
from engines.media.probe import probe
from studio.engine import Engine
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.restyle import RestyleRequest, RestyleResult

ENGINE = Engine(task="restyle", name="world", rank=10, needs=("pyworld",))
CEILING_DB = -1.0
BLOCK_S, SEARCH_S, AROUND_S, JOIN_S = 6.0, 1.0, 0.25, 0.01
"""A block's length, how far around its end the quietest place is looked for, what is worked on besides, and the cross-fade."""
MOST_RATE = 48_000
UNIT = "seconds"


def run(request: RestyleRequest, run: Run) -> RestyleResult:
    source = run.path(request.sound)
    film = probe(source).kind == "video"
    rate = RATE if film else min(chunks(source)[0], MOST_RATE)
    _, pieces = chunks(source, rate)
    before, after = Spool(run.workdir / "before.f32", rate), Spool(run.workdir / "after.f32", rate)
    try:
        before.fill((piece[:, 0] for piece in pieces), lambda done: run.step(0, None, unit=UNIT))
        if not before.length:
            raise BadInput("audio.no_sound", name=run.name(request.sound))
        centre = centre_of(before.pieces(), rate)
        if not centre:
            run.note("restyle.no_voice")
        total = round(before.length / rate)
        step = partial(run.step, total=2 * total, unit=UNIT)
        after.fill(_restyled(request, before, centre), lambda done: step(round(done / rate)))
        gain = gain_to(after.pieces, rate, request.lufs, CEILING_DB)
        step(total)
        sound = levelled(after.pieces(), rate, gain, CEILING_DB)
        output = _write_film(request, run, source, sound) if film else _write(request, run, rate, sound)
    finally:
        before.close()
        after.close()
    run.step(2 * total, 2 * total, unit=UNIT)
    return RestyleResult(output=output, seconds_of_sound=before.length / rate, pitch_before=centre)


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


def _restyled(request: RestyleRequest, sound: Spool, centre: float) -> Iterator[np.ndarray]:
    change = change_for(request, centre)
    effect = None if request.effect == "plain" else Effect(request.effect, sound.rate, request.amount)
    join, around = round(JOIN_S * sound.rate), round(AROUND_S * sound.rate)
    last: np.ndarray | None = None
    first = 0
    while first < sound.length:
        end = _cut(sound, first)
        begin, until = max(0, first - around), min(sound.length, end + around)
        part = sound.part(begin, until)
        made = changed(part, sound.rate, pitch_track(part, sound.rate, centre), change)
        piece = made[first - begin : end - begin]
        if last is not None:
            size = min(len(last), len(piece))
            fade = np.linspace(0, 1, size, endpoint=False)
            piece = np.concatenate([last[:size] * (1 - fade) + piece[:size] * fade, piece[size:]])
        last = made[end - begin : end - begin + join]
        yield effect(piece) if effect else piece
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
