"""Who speaks for a request: the embedded voices, a model card's, or one that speaks like a recording."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

from engines.speech.espeak import Espeak, table
from engines.speech.languages import AUTO
from engines.speech.loading import load
from engines.speech.reference import reference
from engines.speech.segment import Segment, Spoken
from engines.speech.sherpa import Sherpa
from engines.speech.vits import Vits
from engines.speech.zipvoice import ZipVoice
from studio.errors import BadInput
from studio.run import Run

KIND = "voice"
Say = Callable[[Segment, Callable[[], object]], Spoken]


class Asked(Protocol):
    """What a request says of who speaks."""

    @property
    def voice(self) -> str: ...
    @property
    def model(self) -> str | None: ...
    @property
    def reference(self) -> str | None: ...
    @property
    def reference_text(self) -> str: ...


@dataclass(frozen=True)
class Performer:
    """``speak`` says a segment, and calls what it is given while it waits; ``voice`` is who speaks unless somebody else is asked for,
    ``voices`` are the names of all, and ``check_voice`` raises BadInput for another; ``language`` is the tag of the only one that is
    spoken, or nothing. ``style`` is the finish that suits it.
    """

    speak: Say
    voice: str
    voices: tuple[str, ...]
    check_voice: Callable[[str], object]
    style: Literal["voice", "clean"]
    language: str = ""

    def language_for(self, asked: str) -> str:
        """The language in which a text is read whose request asks for this one, or for ``auto``."""
        return self.language if self.language and asked == AUTO else asked


@contextmanager
def embedded(request: Asked, run: Run) -> Iterator[Performer]:
    """espeak-ng. Raises BadInput where a recording is given to it, or a voice that doesn't exist."""
    if request.reference:
        raise BadInput("speech.no_cloning", name=request.voice)
    with run.model("espeak", Espeak) as espeak:
        espeak.check_voice(request.voice)
        yield Performer(espeak.speak, request.voice, tuple(table().timbres), espeak.check_voice, "voice")


@contextmanager
def trained(request: Asked, run: Run) -> Iterator[Performer]:
    """The voice of the request's model card. Raises BadInput where its files don't belong together, or a recording is given to one that
    has a voice of its own, or none to one that hasn't.
    """
    card = run.card_for(request.model, (), "speak", KIND, wrong="speech.no_voice_model")
    files = [run.card_file(card.id, file.name) for file in card.files]
    with (
        run.model("espeak", Espeak) as espeak,
        run.model(card.id, lambda: load(card, files[0].parent, espeak, run.threads)) as voice,
    ):
        names = tuple(each.name for each in voice.voices())
        usual = request.voice if request.voice in names else names[0]
        language = str(card.capabilities.get("language", ""))
        yield Performer(_saying(voice, request, run), usual, names, partial(_check, names), "clean", language)


def _check(names: Sequence[str], name: str) -> None:
    if name not in names:
        raise BadInput("speech.no_voice", name=name, known=", ".join(names))


def _saying(voice: Vits | Sherpa | ZipVoice, request: Asked, run: Run) -> Say:
    if not isinstance(voice, ZipVoice):
        if request.reference:
            raise BadInput("speech.no_cloning", name=voice.name)
        return voice.speak
    if not request.reference:
        raise BadInput("speech.no_reference", name=voice.name)
    recording, name = run.path(request.reference), run.name(request.reference)
    return voice.like(reference(recording, name, request.reference_text, run.workdir))
