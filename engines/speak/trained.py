"""A trained voice of a model card, in a process of its own: VITS in transformers' layout such as MMS, and what sherpa-onnx speaks."""

from engines.speak._speak import speak
from engines.speech.espeak import Espeak
from engines.speech.loading import load
from studio.engine import Engine
from studio.run import Run
from studio.tasks.speak import SpeakRequest, SpeakResult

KIND = "voice"
ENGINE = Engine(task="speak", name="trained", rank=5, kind=KIND, needs=("espeakng_loader",), generative=True)


def run(request: SpeakRequest, run: Run) -> SpeakResult:
    """Speak by a model card's voice. Raises BadInput where its files don't belong together, and what ``speak`` raises."""
    card = run.card_for(request.model, (), "speak", KIND, wrong="speech.no_voice_model")
    files = [run.card_file(card.id, file.name) for file in card.files]
    own = str(card.capabilities.get("language", ""))
    wish = request.model_copy(update={"language": own}) if own and request.language == "auto" else request
    with (
        run.model("espeak", Espeak) as espeak,
        run.model(card.id, lambda: load(card, files[0].parent, espeak, run.threads)) as voice,
    ):
        return speak(wish, run, voice.speak, style="clean", players=tuple(each.name for each in voice.voices()))
