"""Made-up frames, faces and takes: no face is read from them, they only stand somewhere."""

from fractions import Fraction

import numpy as np

from engines.face_swap._take import Role, Take
from engines.media.colour import SRGB_VIDEO
from engines.media.frame import Film, Frame, Planes
from engines.vision.faces.face import Face
from engines.vision.faces.track import Scene, Seen

HEIGHT, WIDTH = 90, 160


def frame(index: int = 0, *, height: int = HEIGHT, width: int = WIDTH, seed: int = 0) -> Frame:
    """A frame of a film with noise in its planes."""
    noise = np.random.default_rng(seed)
    half = (height + 1) // 2, (width + 1) // 2
    y, u, v = (noise.integers(16, 235, size, np.uint8) for size in ((height, width), half, half))
    empty = Frame(index, index, Fraction(1, 25), Film(SRGB_VIDEO))
    return empty.replace(planes=Planes(y, u, v, False))


def face(left: float, top: float = 20.0, side: float = 40.0) -> Face:
    """Landmarks that fill a square."""
    places = np.random.default_rng(7).random((478, 3), np.float32)
    places[:4, :2] = [[0, 0], [1, 1], [0, 1], [1, 0]]
    return Face((places * side + np.array([left, top, 0], np.float32)).astype(np.float32))


def seen(track: int, left: float, embedding: np.ndarray | None = None) -> Seen:
    there = face(left)
    return Seen(track, there, there, embedding)


def scene(index: int, *faces: Seen, cut: bool = False) -> Scene[Frame]:
    return Scene(frame(index), cut, faces)


def take(index: int, *tracks: tuple[int, float], cut: bool = False) -> Take:
    """Roles of these tracks, each with its left edge."""
    return Take(frame(index), cut, [Role(seen(track, left), "") for track, left in tracks])
