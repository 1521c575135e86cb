"""Restyle: a voice turned into another character, with its words and timing kept."""

from typing import Literal

from pydantic import Field

from studio.tasks import Request, Result, Task, control, media

Effect = Literal[
    "plain", "robot", "telephone", "radio", "megaphone", "room", "hall", "cave", "underwater", "crowd", "monster"
]
SoundFormat = Literal["wav", "flac", "mp3", "opus", "m4a"]


class RestyleRequest(Request):
    """Turn a voice into another character, with its words and timing kept."""

    sound: str = media("audio", "video", title="Voice", description="A recording, or a film whose voice is changed.")
    pitch: float = control(
        0,
        ge=0,
        le=500,
        step=5,
        title="Pitch",
        description="The middle pitch that the voice gets, whatever it was: about 110 for a man, 200 for a woman, 280 for a child; "
        "0 keeps its own.",
        unit="Hz",
    )
    shift: float = control(
        0, ge=-24, le=24, step=0.5, title="Higher or lower", description="On top of that.", unit="semitones"
    )
    formants: float = control(
        1.0,
        ge=0.6,
        le=1.6,
        step=0.01,
        title="Size",
        description="How the throat is: below 1 a large body, above 1 a small one.",
    )
    intonation: float = control(
        1.0, ge=0, le=2, step=0.05, title="Melody", description="How much the pitch moves: 0 speaks on one tone."
    )
    breath: float = control(
        0, ge=0, le=1, step=0.05, title="Breath", description="How breathy the voice is: 1 whispers."
    )
    brightness: float = control(
        0, ge=-6, le=6, step=0.5, title="Brightness", description="Darker or brighter, in an octave.", unit="dB"
    )
    effect: Effect = control("plain", title="Effect", description="What the voice is sent through.")
    amount: float = control(
        1.0,
        ge=0,
        le=1,
        step=0.05,
        title="Amount",
        description="How much of the effect.",
        when={"effect": [name for name in Effect.__args__ if name != "plain"]},  # type: ignore[attr-defined]
    )
    lufs: float = control(
        -16, ge=-36, le=-9, step=0.5, title="Loudness", description="Of the whole.", unit="LUFS", advanced=True
    )
    format: SoundFormat = control("wav", title="Format", description="Of the file, where it is no film.", advanced=True)


class RestyleResult(Result):
    """The voice as it became."""

    output: str = Field(
        "", description="The changed sound or film.", json_schema_extra={"control": {"media": ["audio", "video"]}}
    )
    seconds_of_sound: float = Field(0.0, description="How long it is, in seconds.")
    pitch_before: float = Field(0.0, description="Its middle pitch before, in Hz; 0 where no voice was found.")


TASK = Task(
    "restyle",
    RestyleRequest,
    RestyleResult,
    accepts=("audio", "video"),
    produces=("audio", "video"),
    order=62,
    rights=True,
    tab=False,
)
