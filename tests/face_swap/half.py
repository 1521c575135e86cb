"""A process that swaps the faces of a film and stops half-way, for a test that kills it:
``python -m tests.face_swap.half TARGET FOLDER FRAMES``.
"""

import sys
import threading
from functools import partial
from pathlib import Path

from engines.face_swap import _film
from engines.media.formats import VideoOptions
from studio.host import Folder
from tests.face_swap.sitting import local, swap

SEGMENT = 8
short_segments = partial(VideoOptions, segment_frames=SEGMENT)


class StopsHalfWay(Folder):
    """Says so at a number of frames, and stays there."""

    half = 0

    def report(self, done: int, *more: object) -> None:
        if done >= self.half:
            sys.stdout.write("half\n")
            sys.stdout.flush()
            threading.Event().wait()


if __name__ == "__main__":
    _film.VideoOptions = short_segments  # type: ignore[assignment,misc]
    run = local(Path(sys.argv[2]))
    run.host = StopsHalfWay(Path(sys.argv[2]) / "out")
    run.host.half = int(sys.argv[3])
    swap(sys.argv[1], run)
