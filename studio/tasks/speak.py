"""Speak: a text of any length as sound, with the times of its words."""

from typing import Literal

from pydantic import Field, field_validator

from studio.tasks import Request, Result, Task, _spoken, control, media

MOST_LETTERS = 200_000
LONG_LETTERS = 3000
SoundFormat = Literal["wav", "flac", "mp3", "opus"]


class SpeakRequest(Request):
    """Speak a text: plain, in SSML, or a dialogue of names and lines; in the languages that it is in."""

    text: str = control(
        "",
        max_length=MOST_LETTERS,
        positional=True,
        usual="Good morning. Доброе утро. 早上好。",
        title="Text",
        description="What is said: plain text, or SSML that begins with <speak>.",
    )
    file: str | None = media(
        "file", default=None, title="Text file", description="A text file (UTF-8) that is spoken instead of the text."
    )
    voice: str = control(
        "nora", max_length=80, title="Voice", description="Name of a voice; the task “voices” lists them."
    )
    model: str | None = _spoken.model()
    reference: str | None = _spoken.reference()
    reference_text: str = _spoken.reference_text()
    language: str = _spoken.language(
        "Language as a tag such as en, zh or ru; auto finds it for each sentence and each script."
    )
    speed: float = control(
        1.0, ge=0.25, le=4, step=0.05, title="Speed", description="How fast it is said; 1 is usual.", unit="×"
    )
    pitch: float = control(
        1.0, ge=0.5, le=2, step=0.05, title="Pitch", description="How high the voice is; 1 is its own.", unit="×"
    )
    energy: float = control(
        1.0, ge=0, le=2, step=0.05, title="Energy", description="How lively the melody is; 0 is monotonous.", unit="×"
    )
    pauses: float = control(
        1.0,
        ge=0,
        le=4,
        step=0.05,
        title="Pauses",
        description="How long the silence between sentences is; 1 is usual.",
        unit="×",
    )
    dialogue: bool = control(
        False, title="Dialogue", description="Lines that begin with a name and a colon are said by that name's voice."
    )
    cast: str = _spoken.cast(
        "Voices of the names, such as “Anna=nora; Boris=mark”; empty gives each name a voice of its own.",
        when={"dialogue": [True]},
    )
    lexicon: str = control(
        "",
        max_length=100_000,
        advanced=True,
        title="Lexicon",
        description="How words are said, a line each: “SQL = sequel”, “en: live = /laɪv/”.",
    )
    finish: Literal["suited", "voice", "clean", "level"] = control(
        "suited",
        advanced=True,
        title="Finish",
        description="How the sound is finished: voice softens a synthesiser, clean suits a trained voice, level only sets the loudness; "
        "suited goes by the voice.",
    )
    lufs: float = control(
        -16.0,
        ge=-30,
        le=-12,
        step=0.5,
        advanced=True,
        title="Loudness",
        description="Loudness of the whole.",
        unit="LUFS",
    )
    output_format: SoundFormat = control("wav", title="Format", description="Format of the sound file.")
    timings: Literal["none", "srt", "vtt", "json"] = control(
        "none",
        title="Timings",
        description="A second file with the times of sentences (SRT, VTT) or of all words (JSON).",
    )

    @field_validator("language")
    @classmethod
    def _usual_tag(cls, language: str) -> str:
        return language.replace("_", "-")

    def wanted_engine(self) -> str | None:
        return self.engine or ("trained" if self.model else None)

    def asks_rights(self) -> bool:
        return self.reference is not None

    def is_long(self, kinds: frozenset[str]) -> bool:
        return self.file is not None or len(self.text) > LONG_LETTERS


class SpeakResult(Result):
    """The sound, and when what is said in it."""

    output: str = Field("", description="The sound.", json_schema_extra={"control": {"media": ["audio"]}})
    times: str = Field(
        "", description="The file of timings, if one was wished.", json_schema_extra={"control": {"media": ["file"]}}
    )
    length: float = Field(0.0, description="Its length in seconds.")
    sentences: int = Field(0, description="How many sentences were said.")
    languages: tuple[str, ...] = Field((), description="The languages that were spoken.")


TASK = Task("speak", SpeakRequest, SpeakResult, accepts=("file",), produces=("audio", "file"), order=60, rights=True)
