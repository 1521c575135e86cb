"""A library of footage, filled and kept in step."""

from pydantic import BaseModel, ConfigDict, Field

from studio.tasks import Request, Result, Task, control, media


class SearchAddRequest(Request):
    """Add films and pictures to a library: what is in them can be found by a picture, a clip or words. What is there already isn't
    looked through again.
    """

    folder: str = control(
        "",
        title="Folder",
        description="A folder, or s3://bucket/prefix: the library is kept in step with what is in it, whatever it is called there.",
        max_length=4096,
        positional=True,
    )
    library: str = control(
        "footage", title="Library", description="The name of the library.", min_length=1, max_length=80
    )
    media: tuple[str, ...] = media(
        "video", "image", title="Films and pictures", description="Files to add.", many=True, max_length=500
    )
    tags: str = control(
        "", title="Tags", description="Words by which all of these can be found, with commas.", max_length=500
    )
    keep_gone: bool = control(
        False,
        title="Keep what is gone",
        description="Keep in the library what is no longer in the folder.",
        advanced=True,
    )
    encoder: str = control(
        "fingerprint",
        title="Looks by",
        description="What makes pictures comparable: the fingerprint finds the very same footage, edited or not; a CLIP card by meaning.",
        cards="clip-search",
        besides=("fingerprint",),
        advanced=True,
    )

    def is_long(self, kinds: frozenset[str]) -> bool:
        return True


class Unread(BaseModel):
    """A file that couldn't be read, or not to its end."""

    model_config = ConfigDict(frozen=True)

    file: str
    reason: str = Field(description="Why, in a sentence.")


class SearchAddResult(Result):
    """What was done, and what couldn't be."""

    library: str = ""
    files: int = Field(0, description="Files that were looked at.")
    added: int = Field(0, description="Films and pictures that are new in the library.")
    known: int = Field(0, description="Files whose content the library knew already.")
    removed: int = Field(0, description="Films and pictures that are gone from the folder, and so from the library.")
    seconds_added: float = Field(0.0, description="Seconds of footage that were looked through.")
    unread: tuple[Unread, ...] = Field((), description="Files that couldn't be read.")

    def words(self) -> tuple[str, ...]:
        head = f"{self.library}: +{self.added} ={self.known} -{self.removed} !{len(self.unread)}"
        return (head, *(f"! {one.file}: {one.reason}" for one in self.unread))


TASK = Task(
    "search_add",
    SearchAddRequest,
    SearchAddResult,
    accepts=("video", "image"),
    produces=(),
    order=60,
    tab=False,
    verb="search add",
)
