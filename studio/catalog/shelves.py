"""An owner's libraries, as an engine or a face that works for this owner sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from studio.catalog.catalog import Catalog
from studio.catalog.indexes import Indexes
from studio.catalog.places import Places
from studio.catalog.reading import Reader
from studio.catalog.rows import Library, Video
from studio.engine import part
from studio.errors import NotFound

if TYPE_CHECKING:
    from studio.library import Library as Gallery

ASSET, S3 = "asset:", "s3://"


@dataclass(frozen=True)
class Shelves:
    """``places`` are the folders and buckets that the owner may name."""

    owner: str
    catalog: Catalog
    indexes: Indexes
    gallery: "Gallery"
    places: Places

    @property
    def reader(self) -> Reader:
        return self.indexes.reader

    def library(self, name: str) -> Library:
        """Raises NotFound for another owner's."""
        return self.catalog.library(self.owner, name)

    def libraries(self) -> list[Library]:
        return self.catalog.libraries(self.owner)

    def place(self, address: str) -> Any:
        """A folder or bucket with footage. Raises NotAllowed for one that may not be named, BadInput, NotFound, Unavailable."""
        self.places.check(address)
        return part("retrieval.sources").place_at(address)

    def remove(self, library: Library) -> None:
        """A library and its index."""
        self.catalog.remove(library)
        self.indexes.forget(library)

    def file(self, video: Video, into: Path) -> Path:
        """A film's file on this machine; where it lies in a bucket, it is copied into the folder ``into``. Raises NotFound, Unavailable."""
        if path := self.here(video):
            return path
        address = self.bucket(video)
        into.mkdir(parents=True, exist_ok=True)
        target = into / f"{video.id}{PurePosixPath(address).suffix}"
        part("retrieval.sources").place_at(address).fetch(address, target)
        return target

    def read(self, video: Video, start: int, end: int) -> bytes:
        """The bytes of a film in a bucket from ``start`` to before ``end``. Raises NotFound, Unavailable."""
        address = self.bucket(video)
        return bytes(part("retrieval.sources").place_at(address).read(address, start, end))

    def bucket(self, video: Video) -> str:
        """The address of a film that lies in a bucket. Raises NotFound."""
        for path in video.paths:
            if path.startswith(S3):
                return path
        raise NotFound("search.file_gone", name=", ".join(video.names[:1]))

    def here(self, video: Video) -> Path | None:
        """A film's file, if there is one on this machine."""
        for path in video.paths:
            if path.startswith(ASSET):
                try:
                    return self.gallery.get(path.removeprefix(ASSET), self.owner).path
                except NotFound:
                    continue
            if Path(path).is_file():
                return Path(path)
        return None

    def shown(self, video: Video) -> Sequence[str]:
        """The places of a film as its owner knows them."""
        pairs = zip(video.paths, video.names, strict=True)
        return [name if path.startswith(ASSET) else path for path, name in pairs]
