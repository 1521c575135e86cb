"""Pictures side by side: several in a field, several by name."""

from pydantic import Field

from studio.tasks import Controls, Request, Result, Task, control, group, media, media_map


class Cast(Controls):
    """Who is in it."""

    people: dict[str, tuple[str, ...]] = media_map(
        "image", title="People", description="Pictures of each person.", names="person", max_length=4
    )


class GatherRequest(Request):
    """Puts pictures side by side."""

    cover: str | None = media("image", "video", title="Cover", description="What comes first.", default=None)
    pictures: tuple[str, ...] = media(
        "image", title="Pictures", description="What comes next.", many=True, max_length=6
    )
    cast: Cast = group(Cast(), title="Cast")
    side: int = control(8, title="Side", description="Side of each picture.", unit="px", ge=1, le=64)
    stumbles: bool = control(False, title="Stumbles", description="Breaks once, half way.")


class GatherResult(Result):
    output: str = Field("", description="The picture.")
    order: str = Field("", description="Which file stands where: names and kinds.")


TASK = Task("gather", GatherRequest, GatherResult, accepts=("image", "video"), produces=("image",))
