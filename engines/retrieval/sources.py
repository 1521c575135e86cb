"""Where footage lies: a folder, or a bucket that is read in ranges, without copying its files."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from studio.checksum import sha256_of
from studio.errors import BadInput, NotFound, Unavailable

FILMS = frozenset(
    f".{ending}"
    for ending in "mp4 m4v mov qt webm mkv avi gif mpg mpeg ts mts m2ts wmv flv 3gp ogv mxf vob dv".split()  # noqa: SIM905
)
PICTURES = frozenset([".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"])
SUBTITLES = (".srt", ".vtt")
MOST_TEXT = 4 << 20
BUCKET = re.compile(r"^s3://[a-z0-9][a-z0-9.-]+(/.*)?$")
S3 = "s3://"
RANGE_BYTES = 1 << 20


@dataclass(frozen=True)
class Found:
    """A file of footage: ``path`` is its address, ``stamp`` changes when it does; ``dated`` Unix seconds; ``picture`` or film."""

    path: str
    name: str
    stamp: str
    bytes: int
    dated: float
    picture: bool


class Place(Protocol):
    """A place with footage; ``root`` is its address."""

    root: str

    def files(self) -> Iterator[Found]:
        """In the order of their addresses, hidden ones left out. Raises NotFound, NotAllowed."""

    def content(self, found: Found) -> str:
        """What tells the content of a file from any other."""

    def open(self, found: Found) -> Path | Any:
        """A path, or an open file that the caller closes. Raises Unavailable."""

    def subtitles(self, found: Found) -> str:
        """The text of the subtitles that lie beside a film under its name; empty where there are none."""


def place_at(address: str) -> Place:
    """The place of an address: a folder, or ``s3://bucket/prefix``. Raises BadInput, NotFound, Unavailable."""
    if BUCKET.match(address):
        return Bucket(address.rstrip("/"))
    if "://" in address:
        raise BadInput("search.bad_address", address=address[:200])
    folder = Path(address).expanduser()
    if not folder.is_dir():
        raise NotFound("search.no_folder", folder=address[:200])
    return Folder(folder.resolve())


class Folder:
    """A folder with all that is in it; links to other folders aren't followed."""

    def __init__(self, folder: Path) -> None:
        self.root = str(folder)

    def files(self) -> Iterator[Found]:
        for path in sorted(Path(self.root).rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(self.root).parts)
            if not hidden and _wanted(path.name) and path.is_file():
                yield found_at(path)

    def content(self, found: Found) -> str:
        return sha256_of(Path(found.path))

    def open(self, found: Found) -> Path:
        return Path(found.path)

    def subtitles(self, found: Found) -> str:
        return subtitles_beside(Path(found.path))


class Bucket:
    """What lies in an S3 bucket under a prefix, through fsspec; keys and the server's address come from the environment, as for AWS's
    own tools. Content is known by the store's own mark (ETag) and size: nothing is read for it.
    """

    def __init__(self, address: str) -> None:
        try:
            import s3fs
        except ImportError as problem:
            raise Unavailable("search.no_s3", reason=str(problem)) from problem
        self.root = address
        self._files: Any = s3fs.S3FileSystem(use_listings_cache=False)

    def files(self) -> Iterator[Found]:
        with _asking(self.root):
            listed = self._files.find(_key(self.root), detail=True)
        if not listed:
            raise NotFound("search.no_folder", folder=self.root)
        for path, facts in sorted(listed.items()):
            name = path.rsplit("/", 1)[-1]
            if name.startswith(".") or not _wanted(name):
                continue
            changed = facts.get("LastModified")
            dated = changed.timestamp() if isinstance(changed, datetime) else 0.0
            mark = f"{str(facts.get('ETag', '')).strip(chr(34))}-{facts.get('size', 0)}"
            yield Found(f"s3://{path}", name, mark, int(facts.get("size", 0)), dated, _is_picture(name))

    def content(self, found: Found) -> str:
        return f"etag:{found.stamp}"

    def open(self, found: Found) -> Any:
        with _asking(self.root):
            return self._files.open(_key(found.path), "rb", block_size=RANGE_BYTES, cache_type="readahead")

    def subtitles(self, found: Found) -> str:
        for ending in SUBTITLES:
            try:
                return self.read(found.path.rpartition(".")[0] + ending, 0, MOST_TEXT).decode("utf-8", "replace")
            except NotFound:
                continue
        return ""

    def read(self, path: str, start: int, end: int) -> bytes:
        """The bytes of an object from ``start`` to before ``end``. Raises NotFound, Unavailable."""
        with _asking(path):
            return bytes(self._files.cat_file(_key(path), start=start, end=end))

    def fetch(self, path: str, target: Path) -> None:
        """Copy a whole object into a file. Raises NotFound, Unavailable."""
        with _asking(path):
            self._files.get_file(_key(path), str(target))


@contextmanager
def _asking(address: str) -> Iterator[None]:
    """Puts what goes wrong into a sentence."""
    try:
        yield
    except FileNotFoundError as problem:
        raise NotFound("search.no_folder", folder=address[:200]) from problem
    except Exception as problem:  # the client's own errors, the network's and the system's
        raise Unavailable("search.no_s3", reason=f"{type(problem).__name__}: {problem}"[:200]) from problem


def _key(address: str) -> str:
    return address.removeprefix(S3)


def found_at(path: Path) -> Found:
    """A file on the disk."""
    facts = path.stat()
    stamp = f"{facts.st_size}-{facts.st_mtime_ns}"
    return Found(str(path), path.name, stamp, facts.st_size, facts.st_mtime, _is_picture(path.name))


def subtitles_beside(path: Path) -> str:
    """The text of the subtitles beside a file."""
    for ending in SUBTITLES:
        beside = path.with_suffix(ending)
        if beside.is_file() and beside.stat().st_size <= MOST_TEXT:
            return beside.read_text(encoding="utf-8", errors="replace")
    return ""


def _wanted(name: str) -> bool:
    ending = Path(name).suffix.lower()
    return ending in FILMS or ending in PICTURES


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower() in PICTURES
