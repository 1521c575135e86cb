"""A trained voice of a model card, in a process of its own: VITS in transformers' layout such as MMS, and what sherpa-onnx speaks."""

from engines.speak._speak import speak
from engines.speech.performer import KIND, trained
from studio.engine import Engine
from studio.run import Run
from studio.tasks.speak import SpeakRequest, SpeakResult

ENGINE = Engine(task="speak", name="trained", rank=5, kind=KIND, needs=("espeakng_loader",), generative=True)


def run(request: SpeakRequest, run: Run) -> SpeakResult:
    """Speak. Raises what ``trained`` and ``speak`` raise."""
    with trained(request, run) as performer:
        return speak(request, run, performer)
