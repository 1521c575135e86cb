"""Describe: pictures to captions and tags, one by one or a whole folder for training."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from studio.tasks import Request, Result, Task, control, media
from studio.tasks._sheet import Sheet
from studio.tasks.prompt import LISTS, Language, Usage

MOST_PICTURES = 2000
NO_RANKER = "off"


class DescribeRequest(Request):
    """Say what pictures show: a caption, tags, and a sheet to draw from."""

    pictures: tuple[str, ...] = media(
        "image",
        title="Pictures",
        description="What is described; a folder on the command line.",
        many=True,
        usual=True,
        min_length=1,
        max_length=MOST_PICTURES,
    )
    model: str | None = control(
        None,
        title="Model",
        description="Model card that looks; empty takes the best that is there.",
        advanced=True,
        cards="captioner",
    )
    ranker: str | None = control(
        None,
        title="Tags by",
        description="Model card that finds tags of the library in pictures; empty takes one that is there, off only what is said "
        "otherwise.",
        advanced=True,
        cards="tag-ranker",
        besides=(NO_RANKER,),
    )
    lists: tuple[str, ...] = media(
        "file",
        title="Word lists",
        description="Your own tags to be found: text files with one a line, or tables like those of the library.",
        many=True,
        max_length=LISTS,
    )
    trigger: str = control(
        "", max_length=100, title="First word", description="Put before each caption, such as a character's name."
    )
    write: Literal["nothing", "txt", "csv", "jsonl"] = control(
        "nothing",
        title="Files",
        description="Also write captions for training: a ZIP of .txt files named like the pictures, a CSV, or JSON lines.",
    )
    language: Language = control("en", title="Language", description="Language of the sheet's lines.")

    def wanted_engine(self) -> str | None:
        return self.engine or ("captioner" if self.model else None)

    def is_long(self, kinds: frozenset[str]) -> bool:
        return len(self.pictures) > 4


class Described(BaseModel):
    """One picture in words."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="Name of the picture's file.")
    caption: str = Field(description="In lower case, parts separated by commas.")
    tags: tuple[str, ...] = Field((), description="Tags of the library that it shows.")
    sheet: Sheet = Field(Sheet(), description="The same as lines.")
    facts: dict[str, str] = Field(
        default_factory=dict, description="What was measured: palette, light, composition, faces."
    )
    problem: str = Field("", description="Why it couldn't be described; then the rest is empty.")


class DescribeResult(Result):
    """The pictures in words, in their order."""

    pictures: tuple[Described, ...] = Field((), description="One for each picture.")
    output: str | None = Field(
        None,
        description="The captions as a file, where that was asked for.",
        json_schema_extra={"control": {"media": ["file"]}},
    )
    usage: Usage | None = Field(None, description="What a language model has used, if one was asked.")

    def words(self) -> Sequence[str]:
        return [f"{one.name}: {one.caption or one.problem}" for one in self.pictures]


TASK = Task("describe", DescribeRequest, DescribeResult, accepts=("image",), produces=("file",), order=11, tab=False)
