"""The notes of an unfinished video: which segments are closed, and where every stage stood after the last of them."""

import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

State = dict[str, Any]


@dataclass(frozen=True)
class Segment:
    """A closed segment: its file's name, the output times of its first and last frame, and its number of frames."""

    file: str
    base: int
    last: int
    frames: int


@dataclass(frozen=True)
class Checkpoint:
    """Where to go on: the next source frame's index, the pts of the last one done, the state of each ordered stage."""

    next_index: int
    last_pts: int | None
    segments: tuple[Segment, ...]
    states: tuple[State, ...]


START = Checkpoint(0, None, (), ())


class Manifest:
    """Reads and writes checkpoints in a folder. ``key`` names source and settings: notes of another key don't count."""

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder
        self._key = key
        folder.mkdir(parents=True, exist_ok=True)

    def segment_path(self, number: int, suffix: str) -> Path:
        return self._folder / f"{number:06d}{suffix}"

    def path(self, segment: Segment) -> Path:
        return self._folder / segment.file

    def load(self) -> Checkpoint:
        """The last checkpoint, or the start where there is none; segments that it doesn't know are removed."""
        checkpoint = self._read()
        known = {segment.file for segment in checkpoint.segments} | {
            "manifest.json",
            self._state_name(len(checkpoint.segments)),
        }
        for file in self._folder.iterdir():
            if file.name not in known:
                file.unlink()
        return checkpoint

    def save(self, checkpoint: Checkpoint) -> None:
        """Make a checkpoint durable: states first, then the manifest that names them, each by rename."""
        number = len(checkpoint.segments)
        arrays = {
            f"{i}/{name}": np.asarray(value)
            for i, state in enumerate(checkpoint.states)
            for name, value in state.items()
        }
        packed = io.BytesIO()
        np.savez(packed, **arrays)
        _write(self._folder / self._state_name(number), packed.getvalue())
        notes = {
            "key": self._key,
            "next_index": checkpoint.next_index,
            "last_pts": checkpoint.last_pts,
            "stages": len(checkpoint.states),
            "segments": [vars(segment) for segment in checkpoint.segments],
        }
        _write(self._folder / "manifest.json", json.dumps(notes).encode())
        (self._folder / self._state_name(number - 1)).unlink(missing_ok=True)

    def _read(self) -> Checkpoint:
        try:
            notes = json.loads((self._folder / "manifest.json").read_bytes())
            segments = tuple(Segment(**item) for item in notes["segments"])
            if notes["key"] != self._key or not all(self.path(segment).is_file() for segment in segments):
                return START
            states: Sequence[State] = [{} for _ in range(notes["stages"])]
            with np.load(self._folder / self._state_name(len(segments)), allow_pickle=False) as packed:
                for name in packed.files:
                    stage, item = name.split("/", 1)
                    states[int(stage)][item] = packed[name]
            return Checkpoint(notes["next_index"], notes["last_pts"], segments, tuple(states))
        except (OSError, ValueError, KeyError, TypeError):
            return START

    @staticmethod
    def _state_name(number: int) -> str:
        return f"state-{number:06d}.npz"


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
