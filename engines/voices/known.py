"""All voices: the embedded ones, and those of installed models."""

from engines.speech.espeak import Espeak
from studio.engine import Engine
from studio.run import Run
from studio.tasks.voices import KnownVoice, VoicesRequest, VoicesResult

ENGINE = Engine(task="voices", name="known", rank=10, needs=("espeakng_loader",))


def run(request: VoicesRequest, run: Run) -> VoicesResult:
    """The voices, those of one language only where one is asked for."""
    with run.model("espeak", Espeak) as speaker:
        wanted = request.language.lower()
        all_ = not wanted or speaker.speaks(wanted)
        voices = [
            KnownVoice(
                name=voice.name,
                engine=voice.engine,
                gender=voice.gender,
                languages=voice.languages,
                titles=dict(voice.titles),
            )
            for voice in speaker.voices()
            if all_
        ]
        languages = {
            tag: name for tag, name in speaker.languages().items() if not wanted or tag.split("-")[0] == wanted
        }
    return VoicesResult(voices=tuple(voices), languages=languages)
