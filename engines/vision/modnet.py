"""MODNet (Ke et al. 2022), portrait matting of single pictures, from its ONNX export."""

from pathlib import Path

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.sessions import open_session
from studio.errors import Unavailable

SIDE = 512
MULTIPLE = 32
PICTURE_AXES = 4


class ModNet:
    """Person probability of an RGB picture, like ``Selfie``: a drop-in for ``find_person`` and its refinement.

    Names are read from the file: its one input NCHW, its first output 1x1xHxW. May be called from several threads.
    """

    def __init__(self, path: Path, *, device: str = "cpu", threads: int = 1) -> None:
        """``Unavailable`` when the file is not such a network."""
        self._session = open_session(path, device=device, threads=threads)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(inputs[0].shape) != PICTURE_AXES or len(outputs[0].shape) != PICTURE_AXES:
            raise Unavailable("vision.model_foreign", name=path.name, missing="input, output")
        self._input, self._output = inputs[0].name, outputs[0].name
        self._dtype = np.float16 if inputs[0].type == "tensor(float16)" else np.float32

    def __call__(self, rgb: Bytes) -> Floats:
        """rgb uint8 hxwx3. Returns float32 hxw, 0..1.

        A picture whose sides are all under 512, or all over it, is resized to a short side of 512; then both sides
        down to a multiple of 32; values (x - 127.5) / 127.5.
        """
        height, width = rgb.shape[:2]
        size = work_size(height, width)
        small = cv2.resize(rgb, (size[1], size[0]), interpolation=cv2.INTER_AREA)
        values = (small.astype(np.float32) - 127.5) / 127.5
        feed = np.ascontiguousarray(values.transpose(2, 0, 1)[np.newaxis]).astype(self._dtype)
        matte = self._session.run([self._output], {self._input: feed})[0][0, 0].astype(np.float32)
        return np.clip(cv2.resize(matte, (width, height), interpolation=cv2.INTER_LINEAR), 0, 1)


def work_size(height: int, width: int) -> tuple[int, int]:
    """(height, width) at which the network sees a picture."""
    scale = 1.0
    if max(height, width) < SIDE or min(height, width) > SIDE:
        scale = SIDE / min(height, width)
    return tuple(max(int(side * scale) // MULTIPLE * MULTIPLE, MULTIPLE) for side in (height, width))  # type: ignore[return-value]
