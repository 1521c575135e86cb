"""MediaPipe's selfie segmentation, the network that its wheel carries, behind a call that any thread may make."""

from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from engines.arrays import Bytes, Floats


class Selfie:
    """Person probability of an RGB picture. Each call has a MediaPipe graph of its own; graphs are kept and lent again.

    The graph has no memory, so that a result depends on the picture alone. The first graph is made at once: importing
    mediapipe takes a second or two.
    """

    def __init__(self) -> None:
        self._idle: SimpleQueue[Any] = SimpleQueue()
        self._idle.put(_graph())

    def __call__(self, rgb: Bytes) -> Floats:
        """rgb uint8 hxwx3 of any size (the network sees it at 256x256). Returns float32 hxw, 0..1."""
        try:
            graph = self._idle.get_nowait()
        except Empty:
            graph = _graph()
        try:
            return np.array(graph.process(rgb).segmentation_mask, np.float32)
        finally:
            self._idle.put(graph)

    def close(self) -> None:
        """Give back the graphs; a later call makes a new one."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return


def _graph() -> Any:
    from mediapipe.python.solutions.selfie_segmentation import SelfieSegmentation

    return SelfieSegmentation(model_selection=0)
