"""An owner's libraries, as an engine or a face that works for this owner sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.catalog.catalog import Catalog
from studio.catalog.indexes import Indexes
from studio.catalog.reading import Reader
from studio.catalog.rows import Library, Video
from studio.engine import part
from studio.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from studio.library import Library as Gallery

ASSET = "asset:"


@dataclass(frozen=True)
class Shelves:
    """``local``: folders and buckets may be named, as only who runs the studio may."""

    owner: str
    catalog: Catalog
    indexes: Indexes
    gallery: "Gallery"
    local: bool

    @property
    def reader(self) -> Reader:
        return self.indexes.reader

    def library(self, name: str) -> Library:
        """Raises NotFound for another owner's."""
        return self.catalog.library(self.owner, name)

    def libraries(self) -> list[Library]:
        return self.catalog.libraries(self.owner)

    def place(self, address: str) -> Any:
        """A folder or bucket with footage. Raises NotAllowed where none may be named, BadInput, NotFound, Unavailable."""
        if not self.local:
            raise NotAllowed("search.no_places")
        return part("retrieval.sources").place_at(address)

    def remove(self, library: Library) -> None:
        """A library and its index."""
        self.catalog.remove(library)
        self.indexes.forget(library)

    def file(self, video: Video) -> Path:
        """A film's file on this machine, fetched for the moment where it lies in a bucket. Raises NotFound."""
        for path in video.paths:
            if path.startswith(ASSET):
                try:
                    return self.gallery.get(path.removeprefix(ASSET), self.owner).path
                except NotFound:
                    continue
            if Path(path).is_file():
                return Path(path)
        raise NotFound("search.file_gone", name=", ".join(video.names[:1]))

    def shown(self, video: Video) -> Sequence[str]:
        """The places of a film as its owner knows them."""
        pairs = zip(video.paths, video.names, strict=True)
        return [name if path.startswith(ASSET) else path for path, name in pairs]
