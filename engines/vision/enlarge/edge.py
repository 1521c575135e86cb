"""The enlarger that comes with the studio: a small convolutional network, taught by ``tests/make_upscaler.py``.

Seven layers of 3x3 in the small picture's own size, whose answer, laid out twice as large (Shi et al. 2016), is added to a cubic
enlargement.
"""

from typing import Any

import numpy as np

from engines.arrays import Floats
from engines.vision.sessions import open_session
from studio.paths import ASSETS

FILE = ASSETS / "upscale" / "edge.onnx"
STEP = 2
CONTEXT = 7
"""Source pixels around a pixel that its four successors depend on: one for each layer."""


class Edge:
    """The network, an enlarger by two. Any thread may call it."""

    step = STEP
    context = CONTEXT
    faithful = True
    device = "cpu"

    def __init__(self, threads: int = 1) -> None:
        self._session: Any = open_session(FILE, threads=threads)
        self.resident_bytes = FILE.stat().st_size

    def __call__(self, picture: Floats) -> Floats:
        """float32 (H+14)x(W+14)x3 in 0..1 to float32 2Hx2Wx3."""
        planes = np.ascontiguousarray(picture.transpose(2, 0, 1))[None]
        answer = self._session.run(None, {"picture": planes})[0]
        return np.ascontiguousarray(answer[0].transpose(1, 2, 0))
