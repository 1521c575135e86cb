"""Prompts: from an idea, a random draw or a picture to a sheet of lines, and to the text that a model takes."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from studio.tasks import Request, Result, Task, control, media
from studio.tasks._sheet import Sheet, checked_sheet, read_sheet

Language = Literal["en", "zh-CN", "ru"]
Dialect = Literal["sd", "prose", "midjourney", "danbooru"]
MOST_SHEETS = 1000
LISTS = 16
WRITERS = {"built-in": "composer", "server": "llm"}
"""Engines that no model card stands for, by how a request names them."""


class PromptRequest(Request):
    """Make prompt sheets from an idea, a random draw, a picture, or a sheet that is there."""

    idea: str = control(
        "",
        max_length=4000,
        title="Idea",
        description="What you have in mind, in English, Chinese or Russian; or a finished prompt to take apart.",
        usual="an old knight in the rain",
    )
    picture: str | None = media(
        "image", title="Picture", description="A character whose features are described anew.", default=None
    )
    draw: bool = control(False, title="Draw", description="Draw what the idea doesn't say from the tag library.")
    style: str | None = control(
        None, max_length=60, title="Style", description="Name of a style of the library; empty states none."
    )
    spread: float = control(
        0.5,
        ge=0,
        le=2,
        step=0.05,
        title="Spread",
        description="Standard deviation of a draw around the style's centre: small stays in style, large surprises.",
    )
    count: int = control(1, ge=1, le=MOST_SHEETS, title="Sheets", description="How many to make.")
    ask: Literal["expand", "apart", "vary", "matrix", "directions", "sharpen", "translate"] = control(
        "expand",
        title="Ask for",
        description="Work the idea out; only take it apart; vary the sheet; all combinations of alternatives like {red|blue}; "
        "different directions; sharpen one line; translate.",
    )
    line: int | None = control(
        None,
        ge=0,
        title="Line",
        description="Number of the one line to sharpen, or to draw anew, from 0.",
        advanced=True,
    )
    sheet: str = control(
        "",
        max_length=400_000,
        title="Sheet",
        description="A sheet to go on from, as the JSON of a result; its locked lines stay.",
        advanced=True,
    )
    model: str | None = control(
        None,
        title="Written by",
        description="A model card, built-in for the tag library, or a language model's server; empty takes the best "
        "that is there.",
        advanced=True,
        cards="instruct",
        besides=tuple(WRITERS),
    )
    lists: tuple[str, ...] = media(
        "file",
        title="Word lists",
        description="Your own tags: text files with one a line, tables like those of the library, or wildcards as YAML, JSON or ZIP.",
        many=True,
        max_length=LISTS,
    )
    language: Language = control("en", title="Language", description="Language of the sheet's lines.")
    dialect: Dialect = control(
        "sd",
        title="Written for",
        description="How the prompt is written: weighted tags, plain sentences, Midjourney, or danbooru tags.",
    )
    keep: bool = control(
        False, title="Save", description="Also write sheets and prompts into a JSON file.", advanced=True
    )

    _readable = field_validator("sheet")(checked_sheet)

    @model_validator(mode="after")
    def _something(self) -> "PromptRequest":
        if not (self.idea.strip() or self.draw or self.picture or self.sheet.strip()):
            raise ValueError("prompt.nothing")
        if self.line is not None and self.line >= len(self.given.lines):
            raise ValueError("prompt.no_line")
        return self

    @property
    def given(self) -> Sheet:
        """The sheet to go on from."""
        return read_sheet(self.sheet)

    def wanted_engine(self) -> str | None:
        """Draws and taking apart are the tag library's: no other engine does them."""
        if self.engine:
            return self.engine
        if self.draw or self.ask in ("apart", "matrix"):
            return "composer"
        return WRITERS.get(self.model, "instruct") if self.model else None

    def is_long(self, kinds: frozenset[str]) -> bool:
        return False


class Prompt(BaseModel):
    """One sheet, and what it says in the dialect that was asked for."""

    model_config = ConfigDict(frozen=True)

    sheet: Sheet = Field(description="The lines.")
    prompt: str = Field(description="The prompt as the model takes it.")
    negative: str = Field("", description="What to avoid, as the model takes it.")


class Usage(BaseModel):
    """What a language model has used."""

    model_config = ConfigDict(frozen=True)

    model: str = Field("", description="The model that answered.")
    tokens_in: int = Field(0, description="Tokens that were sent.")
    tokens_out: int = Field(0, description="Tokens that came back.")
    cost: float | None = Field(None, description="Price in US dollars, where it is known.")


class PromptResult(Result):
    """The prompts that were made."""

    prompts: tuple[Prompt, ...] = Field((), description="The prompts, in the order in which they were made.")
    output: str | None = Field(
        None,
        description="The prompts as a file, where that was asked for.",
        json_schema_extra={"control": {"media": ["file"]}},
    )
    usage: Usage | None = Field(None, description="What a language model has used, if one was asked.")

    def words(self) -> Sequence[str]:
        return [line for made in self.prompts for line in (made.prompt, made.negative and f"− {made.negative}") if line]


TASK = Task("prompt", PromptRequest, PromptResult, accepts=("image",), produces=("file",), order=10)
