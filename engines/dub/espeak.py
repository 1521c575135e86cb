"""Dub by the embedded voices: espeak-ng, more than a hundred languages, nothing to download."""

import numpy as np

from engines.audio.master import mastered
from engines.audio.mixing import RATE
from engines.audio.stretch import stretched
from engines.dub._dub import dub
from engines.speech.performer import embedded
from studio.engine import Engine
from studio.run import Run
from studio.tasks.dub import DubRequest, DubResult

ENGINE = Engine(task="dub", name="espeak", rank=10, needs=("espeakng_loader",), synthetic=True)


def run(request: DubRequest, run: Run) -> DubResult:
    """Dub. Raises what ``embedded`` and ``dub`` raise."""
    with embedded(request, run) as performer:
        return dub(request, run, performer)


def warm() -> None:
    """Compile what masters, stretches and mixes lines."""
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    mastered(stretched(noise, RATE, RATE // 2), RATE)
