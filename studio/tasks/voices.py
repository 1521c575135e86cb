"""Voices: who can speak here."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from studio.tasks import Request, Result, Task, control


class VoicesRequest(Request):
    """List the voices that can speak here."""

    language: str = control(
        "",
        max_length=35,
        title="Language",
        description="Only voices that speak it, as a tag such as en; empty lists all.",
    )


class KnownVoice(BaseModel):
    """A voice; without languages it speaks all of its engine's. ``model`` is the card that has to be asked for with it, if one has."""

    model_config = ConfigDict(frozen=True)

    name: str
    engine: str
    gender: str
    languages: tuple[str, ...]
    titles: dict[str, str]
    model: str = ""


class VoicesResult(Result):
    """The voices by name, and the languages that those can speak that speak many."""

    voices: tuple[KnownVoice, ...] = Field((), description="The voices.")
    languages: dict[str, str] = Field(default_factory=dict, description="Languages by their tags.")

    def words(self) -> Sequence[str]:
        rows = [
            f"{voice.name:<12} {voice.model or voice.engine:<14} {', '.join(voice.languages) or '*':<8} {voice.titles.get('en', '')}"
            for voice in self.voices
        ]
        return [*rows, "", ", ".join(self.languages)]


TASK = Task("voices", VoicesRequest, VoicesResult, accepts=(), produces=(), order=95, tab=False)
