"""A long sound in a file of plain samples: read by place, again and again, without being in memory."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np


class Spool:
    """Float32 samples, (n,), in ``path``, which is removed by ``close``."""

    def __init__(self, path: Path, rate: int) -> None:
        self.path, self.rate, self.length = path, rate, 0
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")

    def fill(self, pieces: Iterable[np.ndarray], step: Callable[[int], object] = lambda done: None) -> None:
        """Append pieces float (n,); ``step`` is told the samples so far."""
        with self.path.open("ab") as file:
            for piece in pieces:
                file.write(piece.astype(np.float32).tobytes())
                self.length += len(piece)
                step(self.length)

    def reserve(self, length: int) -> None:
        """Silence of ``length`` samples, to which sounds are added."""
        with self.path.open("wb") as file:
            file.truncate(4 * length)
        self.length = length

    def add(self, first: int, samples: np.ndarray) -> None:
        """Add a sound float (n,) at a place; what goes beyond the end is left out."""
        there = self.part(first, first + len(samples))
        with self.path.open("r+b") as file:
            file.seek(4 * first)
            file.write((there + samples[: len(there)]).astype(np.float32).tobytes())

    def part(self, first: int, last: int) -> np.ndarray:
        """Samples ``first`` to ``last``, float32; what lies outside is left out."""
        first, last = max(first, 0), min(last, self.length)
        return np.fromfile(self.path, np.float32, max(last - first, 0), offset=first * 4)

    def pieces(self, seconds: float = 5.0) -> Iterator[np.ndarray]:
        size = max(1, round(seconds * self.rate))
        return (self.part(at, at + size) for at in range(0, self.length, size))

    def close(self) -> None:
        self.path.unlink(missing_ok=True)
