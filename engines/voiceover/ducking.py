"""A sound brought to a loudness and laid over a film, whose own goes down where it is heard; the picture's packets stay as they are."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from engines.audio.files import chunks
from engines.audio.level import gain_for, levelled
from engines.audio.mixing import CEILING_DB, RATE, heard, mixed, own_sound
from engines.audio.mux import container_of, with_sound
from engines.audio.spool import Spool
from engines.media.probe import probe
from studio.engine import Engine
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.voiceover import VoiceoverRequest, VoiceoverResult

ENGINE = Engine(task="voiceover", name="ducking", rank=10, composite=True)
LEAST_CUT_S = 0.05
UNIT = "seconds"


def run(request: VoiceoverRequest, run: Run) -> VoiceoverResult:
    """Lay the sound over the film. Raises BadInput for files without a picture or sound, and where it would begin behind the film."""
    film, sound = run.path(request.video), run.path(request.sound)
    info = probe(film)
    if request.begins >= info.seconds:
        raise BadInput("voiceover.too_late", name=run.name(request.video), seconds=round(info.seconds, 1))
    voice, voices = (Spool(run.workdir / name, RATE) for name in ("voice.f32", "voices.f32"))
    own: list[Spool] = []
    total = round(info.seconds)

    def step() -> None:
        run.step(0, total, unit=UNIT)

    try:
        voice.fill((piece[:, 0] for piece in chunks(sound, RATE)[1]), lambda done: step())
        if not voice.length:
            raise BadInput("audio.no_sound", name=run.name(request.sound))
        own += own_sound(film, info, run.workdir, step)
        voices.reserve(max(round(info.seconds * RATE), *(channel.length for channel in own), 1))
        _lay(voice, voices, request)
        made = mixed(voices, own, heard(voices), request.duck, request.under == "replaced", step)
        with run.output(container_of(film)[1], name=Path(run.name(request.video)).stem) as out:
            with_sound(film, _counted(made, run, total), max(len(own), 1), out.path, lambda: None)
        over = request.begins + voice.length / RATE - voices.length / RATE
    finally:
        for spool in (voice, voices, *own):
            spool.close()
    cut = round(over, 2) if over > LEAST_CUT_S else 0.0
    if cut:
        run.note("voiceover.cut", seconds=cut)
    run.step(total, total, unit=UNIT)
    return VoiceoverResult(output=out.id, cut=cut)


def _counted(pieces: Iterator[np.ndarray], run: Run, total: int) -> Iterator[np.ndarray]:
    done = 0
    for piece in pieces:
        done += len(piece)
        run.step(min(round(done / RATE), total), total, unit=UNIT)
        yield piece


def warm() -> None:
    """Compile what measures, limits and mixes."""
    gain_for(lambda: [np.random.default_rng(0).normal(0, 0.1, RATE)], RATE, -16.0, CEILING_DB)


def _lay(voice: Spool, voices: Spool, request: VoiceoverRequest) -> None:
    gain = gain_for(voice.pieces, RATE, request.lufs, CEILING_DB)
    at = round(request.begins * RATE)
    for piece in levelled(voice.pieces(), RATE, gain, CEILING_DB):
        voices.add(at, piece)
        at += len(piece)
