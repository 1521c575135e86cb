"""All voices: the embedded ones, and those of installed models."""

from collections.abc import Iterator

from engines.speech.espeak import Espeak
from engines.speech.loading import language_of, speakers_of
from studio.engine import Engine
from studio.errors import StudioError
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
    trained = [
        voice for voice in _trained(run) if not wanted or wanted in (tag.split("-")[0] for tag in voice.languages)
    ]
    return VoicesResult(voices=(*voices, *trained), languages=languages)


def _trained(run: Run) -> Iterator[KnownVoice]:
    """Those of installed cards; what can't be spoken with isn't listed."""
    for card in run.cards_of("speak", "voice"):
        try:
            folder = run.card_file(card.id, card.files[0].name).parent
            language, speakers = language_of(card, folder), speakers_of(card, folder)
        except StudioError:
            continue
        titles = {"en": card.title.en, "zh-CN": card.title.zh_cn, "ru": card.title.ru}
        for name in speakers or (card.id,):
            yield KnownVoice(
                name=name,
                engine="trained",
                model=card.id,
                gender="",
                languages=(language,) if language else (),
                titles=titles,
            )
