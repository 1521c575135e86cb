"""What goes into the catalog and comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Library:
    """A library and what made its vectors."""

    id: int
    owner: str
    name: str
    encoder: str
    version: str
    rows: int
    dim: int
    created: float


@dataclass(frozen=True)
class NewFrame:
    """``vectors`` float32 rows x dim of unit length."""

    seconds: float
    vectors: Floats
    detail: bytes = b""


@dataclass(frozen=True)
class NewShot:
    """A shot with its sprite: ``tiles`` are the seconds of its pictures, each ``width`` x ``height`` pixels."""

    number: int
    start_s: float
    end_s: float
    frames: Sequence[NewFrame]
    motion: float = 0.0
    webp: bytes = b""
    tiles: Sequence[float] = ()
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class File:
    """A file as it was found: ``stamp`` changes when it does, ``dated`` is its time of change in Unix seconds."""

    path: str
    root: str
    name: str
    stamp: str
    bytes: int
    dated: float


@dataclass(frozen=True)
class Video:
    """A film or picture of a library; see the table for ``state`` and ``reason``."""

    id: int
    library: int
    content: str
    kind: str
    state: str
    reason: Sequence[Any] | None
    bytes: int
    seconds: float
    width: int
    height: int
    fps: float
    dated: float
    faces: bool | None
    tags: Sequence[str]
    paths: Sequence[str] = ()
    names: Sequence[str] = ()


@dataclass(frozen=True)
class Hit:
    """A frame with where it is."""

    frame: int
    seconds: float
    shot: int
    number: int
    start_s: float
    end_s: float
    video: int


@dataclass(frozen=True)
class Wanted:
    """What films an answer may be of; None and empty leave it open. Times are Unix seconds, lengths seconds."""

    after: float | None = None
    before: float | None = None
    shortest_s: float | None = None
    longest_s: float | None = None
    aspect: str = ""
    faces: bool | None = None
    tag: str = ""

    def __bool__(self) -> bool:
        return self != Wanted()


@dataclass(frozen=True)
class Stats:
    """Numbers of a library; ``failures`` says of each file that couldn't be read why: path → an error's key and values; ``roots`` are the
    folders and buckets that its files were found under.
    """

    library: Library
    videos: int
    files: int
    seconds: float
    shots: int
    frames: int
    failed: int
    waiting: int
    failures: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    roots: Sequence[str] = ()
