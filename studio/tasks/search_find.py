"""Questions to libraries of footage."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from studio.tasks import Request, Result, Task, control, media

How = Literal["certain", "likely", "doubtful", "words"]


class SearchFindRequest(Request):
    """Find the film, and the second in it, from a picture, a clip or words."""

    source: str | None = media(
        "image", "video", title="Picture or clip", description="What is looked for.", default=None, usual=True
    )
    words: str = control(
        "",
        title="Words",
        description="Names, folders, tags and subtitles are searched; in a CLIP library also what is seen. With a picture: only films of "
        "which they are said, or in a CLIP library what the picture should show besides.",
        max_length=500,
    )
    without: str = control(
        "",
        title="Without",
        description="Words for what must not be seen (CLIP libraries), or not be said of the film; several with commas.",
        max_length=300,
        advanced=True,
    )
    like: int | None = control(
        None, title="Like shot", description="More like this shot, by its number.", ge=1, advanced=True
    )
    library: str = control("footage", title="Library", description="Where to look.", min_length=1, max_length=80)
    least: float = control(
        0.5,
        ge=0,
        le=1,
        step=0.05,
        title="At least",
        description="How sure an answer has to be: at 0.5 at most one question in a hundred about what isn't there gets one.",
        advanced=True,
    )
    limit: int = control(20, ge=1, le=200, title="Answers", description="Answers on a page.", advanced=True)
    page: int = control(1, ge=1, le=50, title="Page", description="Which page of answers.", advanced=True)
    after: str = control(
        "", title="From", description="Only films from this day on, as 2026-01-31.", max_length=10, advanced=True
    )
    before: str = control("", title="Until", description="Only films until this day.", max_length=10, advanced=True)
    shortest: float | None = control(
        None, ge=0, unit="s", title="At least so long", description="Length of the film.", advanced=True
    )
    longest: float | None = control(
        None, ge=0, unit="s", title="At most so long", description="Length of the film.", advanced=True
    )
    aspect: Literal["any", "wide", "tall", "square"] = control(
        "any", title="Shape", description="Only films of this shape.", advanced=True
    )
    faces: Literal["any", "yes", "no"] = control(
        "any", title="Faces", description="Only films in which faces are seen, or none.", advanced=True
    )
    tag: str = control("", title="Tag", description="Only films with this tag.", max_length=80, advanced=True)

    def is_long(self, kinds: frozenset[str]) -> bool:
        return False

    def is_trial(self) -> bool:
        return True


class Answer(BaseModel):
    """A shot that answers the question, with its best moment. Times are seconds from the film's beginning."""

    model_config = ConfigDict(frozen=True)

    file: str = Field(description="Where the film lies.")
    start_s: float
    end_s: float
    score: float = Field(description="0 … 1: how sure it is that this is what was asked for.")
    at_s: float = Field(description="The best moment.")
    how: How = Field(description="The score in a word; words: found by what is said of the film.")
    name: str
    also: tuple[str, ...] = Field((), description="Other files with the same content.")
    library: str
    video: int
    shot: int
    seconds: float = Field(description="Length of the film.")
    width: int
    height: int
    fps: float = Field(0.0, description="Frames a second of the film; 0 for a picture.")
    tile: int = Field(0, description="Which picture of the shot's sprite shows the best moment.")
    tiles: int = Field(0, description="Pictures in the sprite.")


class SearchFindResult(Result):
    """Shots, the surest first; films with several are told apart by their spans."""

    records: tuple[Answer, ...] = ()
    more: bool = Field(False, description="Whether there is another page.")
    best: float = Field(0.0, description="How sure the best answer was, also where it wasn't sure enough to be given.")
    by: str = Field("", description="What the question was answered by: an encoder, or words.")

    def words(self) -> Sequence[str]:
        return [f"{one.score:.2f}  {one.start_s:8.2f} – {one.end_s:8.2f} s  {one.file}" for one in self.records]

    def printed(self) -> Sequence[Mapping[str, Any]]:
        return [one.model_dump(mode="json") for one in self.records]


TASK = Task(
    "search_find",
    SearchFindRequest,
    SearchFindResult,
    accepts=("image", "video"),
    produces=(),
    order=61,
    verb="search find",
    query=("source", "words"),
    direct=True,
)
