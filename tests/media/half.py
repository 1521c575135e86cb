"""A process that draws a clip and stops half-way, for a test that kills it: ``python -m tests.media.half SOURCE TARGET FOLDER``."""

import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from engines.media.flow_control import Fold, Map
from engines.media.formats import VideoOptions
from engines.media.frame import Frame
from engines.media.pipeline import transform
from tests.media.steps import Steps

OPTIONS = VideoOptions(segment_frames=16)
HALF = 75


class Trail:
    """An ordered stage whose output depends on all frames before."""

    def __init__(self) -> None:
        self.mean = np.zeros(())

    def __call__(self, frame: Frame) -> Iterable[Frame]:
        rgb = frame.rgb
        self.mean = rgb.astype(np.float32) if self.mean.ndim == 0 else self.mean * 0.8 + rgb * np.float32(0.2)
        return [frame.replace(rgb=self.mean.astype(np.uint8))]

    def flush(self) -> Iterable[Frame]:
        return []

    def state(self) -> dict[str, np.ndarray]:
        return {"mean": self.mean}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        self.mean = state["mean"]


def invert(frame: Frame) -> Frame:
    return frame.replace(rgb=255 - frame.rgb)


def stages() -> list[Map | Fold]:
    return [Map(invert), Fold(Trail())]


class StopsHalfWay(Steps):
    def step(self, done: int, total: int | None, **more: object) -> None:
        if done >= HALF:
            sys.stdout.write("half\n")
            sys.stdout.flush()
            threading.Event().wait()


if __name__ == "__main__":
    source, target, folder = map(Path, sys.argv[1:])
    transform(source, target, stages(), StopsHalfWay(folder), options=OPTIONS)
