"""A trained voice of a model card, in a process of its own: VITS in transformers' layout such as MMS, and what sherpa-onnx speaks."""

import importlib.util

from engines.speak._speak import speak
from engines.speech.espeak import Espeak
from engines.speech.sherpa import NETS, Sherpa
from engines.speech.vits import Vits
from studio.card import Card
from studio.engine import Engine
from studio.errors import BadInput, Unavailable
from studio.run import Run
from studio.tasks.speak import SpeakRequest, SpeakResult

KIND = "voice"
ENGINE = Engine(task="speak", name="trained", rank=5, kind=KIND, needs=("espeakng_loader",), generative=True)
LIBRARIES = {"transformers": "transformers", **dict.fromkeys(NETS, "sherpa_onnx")}
"""By the kind of network, the module that loads it."""


def run(request: SpeakRequest, run: Run) -> SpeakResult:
    """Speak by a model card's voice. Raises BadInput where its files don't belong together, and what ``speak`` raises."""
    card = run.card_for(request.model, (), "speak", KIND, wrong="speech.no_voice_model")
    files = [run.card_file(card.id, file.name) for file in card.files]
    net = net_of(card)
    own = str(card.capabilities.get("language", ""))
    wish = request.model_copy(update={"language": own}) if own and request.language == "auto" else request
    folder, name = files[0].parent, card.title.en
    with run.model("espeak", Espeak) as espeak:

        def load() -> Vits | Sherpa:
            if net == "transformers":
                return Vits(folder, name, run.threads)
            return Sherpa(folder, name, net, espeak.spelt, run.threads)

        with run.model(card.id, load) as voice:
            return speak(wish, run, voice.speak, style="clean", players=tuple(each.name for each in voice.voices()))


def net_of(card: Card) -> str:
    """The kind of a card's network. Raises BadInput for an unknown one, Unavailable where what loads it isn't installed."""
    net = str(card.capabilities.get("net", ""))
    if net not in LIBRARIES:
        raise BadInput("speech.no_voice_model", name=card.title.en)
    if importlib.util.find_spec(LIBRARIES[net]) is None:
        raise Unavailable("engine.needs_module", engine=net, module=LIBRARIES[net])
    return net
