"""The embedded engine: espeak-ng in a process of its own, more than a hundred languages, nothing to download."""

from functools import cache

from engines.speak._speak import speak
from engines.speech.espeak import RATE
from engines.speech.performer import embedded
from studio.engine import Engine
from studio.run import Run
from studio.tasks.speak import SpeakRequest, SpeakResult

ENGINE = Engine(task="speak", name="espeak", rank=10, needs=("espeakng_loader",), synthetic=True)


def run(request: SpeakRequest, run: Run) -> SpeakResult:
    """Speak. Raises what ``embedded`` and ``speak`` raise."""
    with embedded(request, run) as performer:
        return speak(request, run, performer)


def warm() -> None:
    """Compile what masters a sound."""
    import numpy as np

    from engines.audio.master import mastered

    mastered(np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32), RATE)


@cache
def stand_by() -> None:
    """Have what masters a sound in this process, compiled."""
    warm()
