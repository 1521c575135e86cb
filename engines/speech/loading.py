"""A model card's voice, whatever its network is."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from engines.speech.espeak import Espeak
from engines.speech.sherpa import NETS, Sherpa, checked
from engines.speech.vits import Vits
from engines.speech.zipvoice import ZipVoice
from studio.card import Card
from studio.errors import BadInput, Unavailable

TRANSFORMERS, ZIPVOICE = "transformers", "zipvoice"
LIBRARIES = {TRANSFORMERS: "transformers", **dict.fromkeys((*NETS, ZIPVOICE), "sherpa_onnx")}
"""By the kind of network, the module that loads it."""


def load(card: Card, folder: Path, espeak: Espeak, threads: int = 1) -> Vits | Sherpa | ZipVoice:
    """The voice of a card whose files lie in a folder. Raises BadInput where they don't belong together, and as ``net_of`` does."""
    net, name = net_of(card), card.title.en
    if net == TRANSFORMERS:
        return Vits(folder, name, threads)
    if net == ZIPVOICE:
        return ZipVoice(folder, name, espeak.spelt, threads)
    return Sherpa(folder, name, net, espeak.spelt, threads)


def net_of(card: Card) -> str:
    """The kind of a card's network. Raises BadInput for an unknown one, Unavailable where what loads it isn't installed."""
    net = str(card.capabilities.get("net", ""))
    if net not in LIBRARIES:
        raise BadInput("speech.no_voice_model", name=card.title.en)
    if importlib.util.find_spec(LIBRARIES[net]) is None:
        raise Unavailable("engine.needs_module", engine=net, module=LIBRARIES[net])
    return net


def speakers_of(card: Card, folder: Path) -> Sequence[str]:
    """The names of a card's speakers; none where there is one without a name. Raises as ``load`` does, but loads nothing; and BadInput
    for a network that has no speaker of its own.
    """
    net = net_of(card)
    if net == ZIPVOICE:
        raise BadInput("speech.no_reference", name=card.title.en)
    return () if net == TRANSFORMERS else checked(folder, net)["speakers"]


def language_of(card: Card, folder: Path) -> str:
    """The language that a card's voice speaks, as a tag; nothing where nobody says. Raises as ``load`` does, but loads nothing."""
    own, net = str(card.capabilities.get("language", "")), net_of(card)
    return own or ("" if net in (TRANSFORMERS, ZIPVOICE) else str(checked(folder, net)["language"]))
