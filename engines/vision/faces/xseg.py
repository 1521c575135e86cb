"""XSeg (DeepFaceLab): which part of a face nothing lies in front of, from its ONNX export."""

from pathlib import Path

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.faces.align import aligned
from engines.vision.faces.paste import Laid
from engines.vision.net import Net

TEMPLATE = "arcface_128"
SIGMA = 5.0
COLOURS = 3


class XSeg:
    """1 where a face is seen, 0 where a hand, hair or a cup covers it. Any thread may call it."""

    def __init__(self, path: Path, *, device: str = "cpu", threads: int = 1) -> None:
        """Raises Unavailable when the file isn't such a network."""
        self._net = Net(path, device=device, threads=threads)
        self._input, self._output = self._net.picture(), self._net.outputs[0]
        shape = self._input.shape
        self._last = shape[3] == COLOURS
        side = shape[1] if self._last else shape[2]
        if COLOURS not in (shape[1], shape[3]) or side is None or self._output not in self._net.pictures():
            raise self._net.foreign("a picture of a fixed size")
        self.side = side
        self.resident_bytes = self._net.resident_bytes

    def __call__(self, rgb: Bytes, five: Floats) -> Laid:
        """``rgb`` uint8 HxWx3, ``five`` points of the face in it (5x2, pixels)."""
        crop = aligned(rgb, five, TEMPLATE, self.side)
        values = crop.rgb[..., ::-1].astype(np.float32) / 255
        tensor = (values if self._last else values.transpose(2, 0, 1))[None]
        answer = self._net({self._input.name: tensor}, [self._output.name])[0]
        return Laid(softened(np.clip(answer.reshape(self.side, self.side), 0, 1)), crop.forth)


def softened(mask: Floats) -> Floats:
    """A mask (float32, 0..1) drawn in a little and with a soft edge, which lies inside what it was."""
    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), SIGMA)
    return (np.clip(blurred, 0.5, 1) - np.float32(0.5)) * np.float32(2)
