"""What all engines that speak share: the text read, spoken, mastered and written while it comes."""

from collections.abc import Iterator

from engines.audio.files import SoundWriter
from engines.audio.master import RATE
from engines.speech.dialogue import cast
from engines.speech.front import Front, Reading
from engines.speech.lexicon import Lexicon
from engines.speech.narrate import Utterance, narrate
from engines.speech.performer import Performer
from engines.speech.segment import Segment, Spoken
from engines.speech.steady import finish_for, steadily
from engines.speech.stream import Encoder
from engines.speech.timings import Timings
from studio.errors import BadInput
from studio.run import Run
from studio.tasks.speak import MOST_LETTERS, SpeakRequest, SpeakResult

MOST_FILE_LETTERS = 10 * MOST_LETTERS


def speak(request: SpeakRequest, run: Run, performer: Performer) -> SpeakResult:
    """Read the request's text, have it said, master and write it. Raises BadInput, and what the performer raises."""
    text = _text(request, run)
    reading = reading_of(request, performer)
    front = Front(text, reading)
    timings = Timings(text)
    spoken_in: dict[str, None] = {}

    def checked(segment: Segment) -> Spoken:
        def step() -> None:
            run.step(min(segment.start, len(text)), len(text), unit="letters")

        step()
        spoken_in[segment.language] = None
        return performer.speak(segment, step)

    def followed() -> Iterator[Utterance]:
        for utterance in narrate(front.segments(), checked):
            timings.add(utterance)
            yield utterance

    kind = request.output_format
    finish = finish_for(kind, performer.style if request.finish == "suited" else request.finish, request.lufs)
    made = 0
    with (
        run.output(f".{kind}", name="speech") as out,
        SoundWriter(out.path, RATE, kind=kind) as file,
        Encoder("mp3") as heard,
    ):
        for piece in steadily(followed(), finish, front.volume()):
            file.write(piece)
            run.hear(heard.feed(piece))
            made += len(piece)
        run.hear(heard.end())
    if front.unknown:
        run.note("speak.unknown_tags", tags=", ".join(sorted(front.unknown)))
    times = _times(request, run, timings)
    return SpeakResult(
        output=out.id,
        times=times,
        length=round(made / RATE, 3),
        sentences=len(timings.cues),
        languages=tuple(spoken_in),
    )


def reading_of(request: SpeakRequest, performer: Performer) -> Reading:
    """How a request wants its text read. Raises BadInput for a lexicon or cast that can't be understood."""
    return Reading(
        language=performer.language_for(request.language),
        voice=request.voice,
        rate=request.speed,
        pitch=request.pitch,
        energy=request.energy,
        pauses=request.pauses,
        lexicon=Lexicon.parse(request.lexicon),
        cast=cast(request.cast) if request.dialogue else None,
        players=performer.voices,
    )


def _text(request: SpeakRequest, run: Run) -> str:
    if request.file is None:
        return request.text
    path = run.path(request.file)
    if run.kind(request.file) != "file":
        raise BadInput("speech.no_text_file", name=run.name(request.file))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadInput("speech.no_text_file", name=run.name(request.file)) from problem
    if len(text) > MOST_FILE_LETTERS:
        raise BadInput("speech.too_long", letters=len(text), limit=MOST_FILE_LETTERS)
    return text


def _times(request: SpeakRequest, run: Run, timings: Timings) -> str:
    if request.timings == "none":
        return ""
    with run.output(f".{request.timings}", name="speech") as out:
        out.path.write_text(timings.written(request.timings), encoding="utf-8")
    return out.id
