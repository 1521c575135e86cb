"""The 106 landmarks of buffalo_l's ``2d106det``."""

from pathlib import Path

import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.faces.align import inverse, moved
from engines.vision.faces.insight.boxed import boxed
from engines.vision.net import Net

SIDE = 192
POINTS = 106


class Landmarks106:
    """Landmarks of the face in a box. Any thread may call it."""

    def __init__(self, path: Path, *, device: str = "cpu", threads: int = 1) -> None:
        """Raises Unavailable when the file isn't such a network."""
        self._net = Net(path, device=device, threads=threads)
        self._input, self._output = self._net.picture(), self._net.outputs[0]
        if self._output.shape[-1] != 2 * POINTS:
            raise self._net.foreign(f"an output of {2 * POINTS} numbers")
        self.resident_bytes = self._net.resident_bytes

    def __call__(self, rgb: Bytes, box: tuple[float, float, float, float] | Floats) -> Floats:
        """``rgb`` uint8 HxWx3, ``box`` as the detector gives it. Returns float32 106x2 in pixels of the picture."""
        crop = boxed(rgb, box, SIDE)
        tensor = crop.rgb.astype(np.float32).transpose(2, 0, 1)[None]
        points = self._net({self._input.name: tensor}, [self._output.name])[0].reshape(POINTS, 2)
        return moved((points + 1) * (SIDE // 2), inverse(crop.forth)).astype(np.float32)
