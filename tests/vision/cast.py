"""Films with the sample pictures' faces in them, really encoded: who is where in each frame is known."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engines.media.decode import Decoder, Trim
from engines.media.frame import Frame
from engines.media.picture import read_picture
from studio.paths import ASSETS
from tests.vision.scenes import texture

Bytes = NDArray[np.uint8]
Places = dict[str, tuple[float, float]]

WIDTH, HEIGHT, FPS = 480, 320, 25
HEAD = 160
# Middle and side of the square around each sitter's head, in pixels of the sample.
HEADS = {
    "astronaut": (222, 115, 215),
    "mona_lisa": (360, 330, 460),
    "girl_with_a_pearl_earring": (520, 570, 900),
}


@cache
def head(name: str, side: int = HEAD) -> tuple[Bytes, NDArray[np.float32]]:
    """A sitter's head, uint8 side x side x 3, and how much of each pixel is theirs, float32 side x side x 1."""
    picture = read_picture(ASSETS / "samples" / f"{name}.jpg")
    x, y, size = HEADS[name]
    top, left = max(y - size // 2, 0), max(x - size // 2, 0)
    square = cv2.resize(picture[top : top + size, left : left + size], (side, side), interpolation=cv2.INTER_AREA)
    share = np.zeros((side, side), np.float32)
    cv2.ellipse(share, (side // 2, side // 2), (int(side * 0.42), int(side * 0.46)), 0, 0, 360, 1.0, -1)
    return square, cv2.GaussianBlur(share, (0, 0), side / 60)[..., np.newaxis]


def shot(seed: int, who: Places) -> Bytes:
    """A frame: heads with their middles at ``who`` (x, y), the last one in front, before a wall of its own for each seed."""
    canvas = wall(seed).astype(np.float32)
    for name, (x, y) in who.items():
        square, share = head(name)
        matrix = np.array([[1, 0, x - HEAD / 2], [0, 1, y - HEAD / 2]], np.float32)
        here = cv2.warpAffine(square, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR).astype(np.float32)
        mine = cv2.warpAffine(share, matrix, (WIDTH, HEIGHT))[..., np.newaxis]
        canvas += mine * (here - canvas)
    return np.clip(canvas + 0.5, 0, 255).astype(np.uint8)


@cache
def wall(seed: int) -> Bytes:
    """Blotches and boards, others for each seed."""
    picture = cv2.convertScaleAbs(texture(HEIGHT, WIDTH, seed, 12), alpha=0.5, beta=-20 + 40 * (seed % 4))
    rng = np.random.default_rng(seed)
    for _ in range(40):
        x, y, width, height = (int(value) for value in rng.integers((0, 0, 20, 20), (WIDTH, HEIGHT, 120, 60)))
        shade = tuple(int(value) for value in rng.integers(0, 256, 3))
        cv2.rectangle(picture, (x, y), (x + width, y + height), shade, -1)
    return picture


def write(path: Path, pictures: Iterable[Bytes]) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "16"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode(None))
    return path


def film(path: Path, frames: int, draw: Callable[[int], Bytes]) -> list[Frame]:
    """Encode ``draw(0..frames-1)`` and decode it again."""
    return list(frames_of(write(path, (draw(index) for index in range(frames)))))


def frames_of(path: Path) -> Iterator[Frame]:
    return Decoder(path, Trim()).frames()
