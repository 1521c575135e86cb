"""An artist's own part of a figure."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from studio.tasks.character import Region


class PartFacts(BaseModel):
    """What an artist says of a part. A label is a tag, in any of the studio's languages, that the part stands for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: Region
    labels: tuple[str, ...] = Field(min_length=1, max_length=24)
    title: str = Field("", max_length=80)
    licence: str = Field("", max_length=200)

    @field_validator("labels", mode="before")
    @classmethod
    def _split(cls, labels: object) -> object:
        """Labels also come as one text with commas."""
        several = labels.split(",") if isinstance(labels, str) else labels
        if not isinstance(several, list | tuple):
            return several
        return tuple(
            dict.fromkeys(" ".join(str(label).split()).casefold()[:60] for label in several if str(label).strip())
        )


class OwnPart(BaseModel):
    """An artist's part. ``id`` names its picture in the library, ``sha256`` its content."""

    model_config = ConfigDict(frozen=True)

    id: str
    region: Region
    labels: tuple[str, ...]
    title: str
    licence: str
    sha256: str
    created: float
