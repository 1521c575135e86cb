"""Settings that speaking and dubbing have in common."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from studio.tasks import control, media

Under = Literal["ducked", "replaced"]
TAG = r"^(auto|[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*)$"


def language(description: str) -> Any:
    """A language as a tag, or ``auto``."""
    return control("auto", max_length=35, pattern=TAG, title="Language", description=description)


def cast(description: str, *, when: Mapping[str, Sequence[Any]] | None = None) -> Any:
    """Voices of names, such as ``Anna=nora; Boris=mark``."""
    return control("", max_length=2000, title="Cast", description=description, when=when)


def model() -> Any:
    """The model card of a trained voice."""
    return control(
        None,
        cards="voice",
        title="Model",
        description="Model card of a trained voice, which then speaks in place of the voice; empty takes the voice.",
    )


def reference() -> Any:
    """A recording to speak like."""
    return media(
        "audio",
        "video",
        default=None,
        title="Recording",
        description="For a model that speaks like a recording: 3 to 15 seconds of one voice, with nothing else to be heard.",
    )


def reference_text() -> Any:
    """What is said in that recording."""
    return control(
        "", max_length=1000, title="Words of the recording", description="What is said in the recording, word by word."
    )


def under() -> Any:
    """What becomes of a film's own sound."""
    return control(
        "ducked",
        title="Own sound",
        description="Whether the film's own sound goes on, quieter, under the voice, or is replaced by it.",
    )


def duck() -> Any:
    """How much quieter a film's own sound becomes."""
    return control(
        15.0,
        ge=6,
        le=40,
        step=1,
        title="Quieter by",
        description="How much the film's own sound goes down while somebody speaks.",
        unit="dB",
        when={"under": ["ducked"]},
    )
