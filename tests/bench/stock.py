"""A warehouse to search in: shots of footage, of pictures that a camera moves over, and of drawn scenes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from engines.arrays import Bytes
from engines.vision.cuts import CutDetector
from engines.vision.look import Look
from studio.paths import ASSETS
from tests.bench.clips import clips
from tests.bench.scenery import scene

Dice = np.random.Generator
PER_SHOT = 3
EVERY_S = 1.0


@dataclass(frozen=True)
class Shot:
    """``kept``: the frames that are indexed. ``asked``: frames of other moments, to be edited and asked for."""

    video: str
    kept: tuple[Bytes, ...]
    asked: tuple[Bytes, ...]


def footage(dice: Dice, asked: int) -> Iterator[Shot]:
    """The shots of real clips: a frame a second is kept, and ``asked`` chance frames of a clip are asked for."""
    for path in (*clips(), ASSETS / "samples" / "portraits.mp4"):
        with av.open(str(path)) as file:
            stream = file.streams.video[0]
            step = max(round(float(stream.average_rate or 25) * EVERY_S), 1)
            shots: list[list[Bytes]] = []
            cut = CutDetector()
            for frame in file.decode(stream):
                rgb = frame.to_ndarray(format="rgb24")
                if cut(_look(rgb)) or not shots:
                    shots.append([])
                shots[-1].append(rgb)
        for number, frames in enumerate(shots):
            count = max(round(asked * len(frames) / sum(map(len, shots))), 1)
            moments = dice.choice(len(frames), min(count, len(frames)), replace=False)
            yield Shot(
                f"{path.stem}#{number}",
                tuple(frames[step // 2 :: step] or frames[:1]),
                tuple(frames[m] for m in moments),
            )


def stills(dice: Dice, asked: int) -> Iterator[Shot]:
    """A camera moves over the pictures of the footage's folder, but for those that the samples' clip shows already."""
    samples = {path.name for path in (ASSETS / "samples").glob("*.jpg")}
    for path in sorted(clips()[0].parent.glob("*.jpg")):
        if path.name not in samples:
            yield moved(f"still {path.stem}", _read(path), dice, asked)


def scenes(seed: int, count: int, asked: int, width: int, height: int) -> Iterator[Shot]:
    """A camera moves over drawn scenes."""
    for number in range(seed, seed + count):
        yield moved(f"scene {number}", scene(number, width, height), np.random.default_rng(number), asked)


def moved(video: str, picture: Bytes, dice: Dice, asked: int) -> Shot:
    """A shot in which the camera goes from one window of a picture to another."""
    height, width = picture.shape[:2]
    parts = dice.uniform(0.6, 0.95, 2)
    corners = dice.uniform(0, 1, (2, 2)) * (1 - parts[:, None])
    begin, end = (np.array([*corners[k], parts[k]]) for k in range(2))

    def at(moment: float) -> Bytes:
        x, y, part = begin + (end - begin) * moment
        window = picture[int(y * height) : int((y + part) * height), int(x * width) : int((x + part) * width)]
        return cv2.resize(window, (width, height), interpolation=cv2.INTER_CUBIC)

    kept = tuple(at((k + 0.5) / PER_SHOT) for k in range(PER_SHOT))
    return Shot(video, kept, tuple(at(float(moment)) for moment in dice.random(asked)))


def _read(path: Path) -> Bytes:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    scale = min(1280 / max(picture.shape[:2]), 1)
    return np.ascontiguousarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[..., ::-1])


def _look(rgb: Bytes) -> Look:
    small = cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    y, v, u = cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb))
    return Look(y, *(cv2.resize(plane, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for plane in (u, v)))
