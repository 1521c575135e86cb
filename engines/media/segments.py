"""The notes of an unfinished video: which segments are closed, and where everything stood after the last of them."""

import io
import json
import os
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from engines.media.colour import Colour

State = dict[str, Any]
MANIFEST = "manifest.json"
VERSION = 3


@dataclass(frozen=True)
class Shape:
    """What every segment of a video shares: size as encoded, pixel format, times, shape of a pixel, and colour tags."""

    width: int
    height: int
    pixels: str
    time_base: Fraction
    fps: Fraction
    sar: Fraction
    colour: Colour

    def notes(self) -> dict[str, Any]:
        return asdict(self) | {"time_base": str(self.time_base), "fps": str(self.fps), "sar": str(self.sar)}

    @classmethod
    def read(cls, notes: dict[str, Any]) -> "Shape":
        times = {name: Fraction(notes[name]) for name in ("time_base", "fps", "sar")}
        return cls(**(notes | times | {"colour": Colour(**notes["colour"])}))


@dataclass(frozen=True)
class Segment:
    """A closed segment: its file's name and size in bytes, the output times of its first and last frame, and its frames' number."""

    file: str
    size: int
    base: int
    last: int
    frames: int


@dataclass(frozen=True)
class Place:
    """A place in the source from which decoding can go on identically.

    ``index`` is the next frame's number; ``stamp`` and ``check`` are the time (stream ticks) and the checksum of the frame before it.
    """

    index: int
    stamp: int
    check: int


@dataclass(frozen=True)
class Checkpoint:
    """Where to go on: the place in the source (None: the beginning), the closed segments, the state of each ordered stage."""

    place: Place | None = None
    shape: Shape | None = None
    segments: tuple[Segment, ...] = ()
    states: tuple[State, ...] = ()

    @property
    def frames(self) -> int:
        return sum(segment.frames for segment in self.segments)


class Manifest:
    """Reads and writes checkpoints in a folder. ``key`` names source and settings: notes of another key don't count."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        self._key = key
        folder.mkdir(parents=True, exist_ok=True)

    def segment_path(self, number: int, suffix: str) -> Path:
        return self.folder / f"{number:06d}{suffix}"

    def path(self, segment: Segment) -> Path:
        return self.folder / segment.file

    def load(self) -> Checkpoint:
        """The last checkpoint, or the start where there is none; files that it doesn't know are removed."""
        checkpoint = self._read()
        known = {segment.file for segment in checkpoint.segments} | {MANIFEST, _state_name(len(checkpoint.segments))}
        for file in self.folder.iterdir():
            if file.name not in known:
                file.unlink()
        return checkpoint

    def save(self, checkpoint: Checkpoint) -> None:
        """Make a checkpoint durable: states first, then the manifest that names them, each by rename."""
        number = len(checkpoint.segments)
        arrays = {
            f"{stage}/{name}": np.asarray(value)
            for stage, state in enumerate(checkpoint.states)
            for name, value in state.items()
        }
        packed = io.BytesIO()
        np.savez(packed, **arrays)  # type: ignore[arg-type]
        _write(self.folder / _state_name(number), packed.getvalue())
        notes = {
            "version": VERSION,
            "key": self._key,
            "place": checkpoint.place and asdict(checkpoint.place),
            "shape": checkpoint.shape and checkpoint.shape.notes(),
            "stages": len(checkpoint.states),
            "segments": [asdict(segment) for segment in checkpoint.segments],
        }
        _write(self.folder / MANIFEST, json.dumps(notes).encode())
        for old in self.folder.glob("state-*.npz"):
            if old.name != _state_name(number):
                old.unlink(missing_ok=True)

    def _read(self) -> Checkpoint:
        try:
            notes = json.loads((self.folder / MANIFEST).read_bytes())
            segments = tuple(Segment(**item) for item in notes["segments"])
            whole = all((self.folder / item.file).stat().st_size == item.size for item in segments)
            if notes["key"] != self._key or notes["version"] != VERSION or not whole:
                return Checkpoint()
            place = Place(**notes["place"]) if notes["place"] else None
            shape = Shape.read(notes["shape"]) if notes["shape"] else None
            states: list[State] = [{} for _ in range(notes["stages"])]
            with np.load(self.folder / _state_name(len(segments)), allow_pickle=False) as packed:
                for name in packed.files:
                    stage, item = name.split("/", 1)
                    states[int(stage)][item] = packed[name]
            return Checkpoint(place, shape, segments, tuple(states))
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return Checkpoint()


def _state_name(number: int) -> str:
    return f"state-{number:06d}.npz"


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    _sync_folder(path.parent)


def sync(path: Path) -> int:
    """Make a closed file durable; its size in bytes."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
        return stream.seek(0, os.SEEK_END)


def _sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, on systems that can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
