"""A trained voice of one language: VITS in transformers' layout, such as MMS, in a process of its own."""

from engines.speak._speak import speak
from engines.speech.vits import Vits
from studio.engine import Engine
from studio.run import Run
from studio.tasks.speak import SpeakRequest, SpeakResult

KIND = "vits"
ENGINE = Engine(task="speak", name="vits", rank=5, kind=KIND, needs=("transformers",), generative=True)


def run(request: SpeakRequest, run: Run) -> SpeakResult:
    """Speak by a model card's voice. Raises BadInput where its files don't belong together, and what ``speak`` raises."""
    card = run.card_for(request.model, (), "speak", KIND, wrong="speech.no_vits")
    files = [run.card_file(card.id, file.name) for file in card.files]
    own = str(card.capabilities.get("language", ""))
    wish = request.model_copy(update={"language": own}) if own and request.language == "auto" else request
    with run.model(card.id, lambda: Vits(files[0].parent, card.title.en, run.threads)) as voice:
        return speak(wish, run, voice.speak, style="clean")
