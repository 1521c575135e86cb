"""BiSeNet (Yu et al. 2018) trained on CelebAMask-HQ: the parts of a face, from its ONNX export."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.faces.align import aligned
from engines.vision.faces.paste import Laid
from engines.vision.faces.xseg import softened
from engines.vision.net import Net

TEMPLATE = "arcface_128"
CLASSES = 19
PARTS = {
    "skin": 1, "left_brow": 2, "right_brow": 3, "left_eye": 4, "right_eye": 5, "glasses": 6, "left_ear": 7,
    "right_ear": 8, "earring": 9, "nose": 10, "mouth": 11, "upper_lip": 12, "lower_lip": 13, "neck": 14,
    "necklace": 15, "cloth": 16, "hair": 17, "hat": 18,
}  # fmt: skip
FACE = ("skin", "left_brow", "right_brow", "left_eye", "right_eye", "nose", "mouth", "upper_lip", "lower_lip")
# ImageNet's mean and deviation, red, green, blue.
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
SPREAD = np.array([0.229, 0.224, 0.225], np.float32)


class FaceParser:
    """Masks of chosen parts. Any thread may call it."""

    def __init__(self, path: Path, *, device: str = "cpu", threads: int = 1) -> None:
        """Raises Unavailable when the file isn't such a network."""
        self._net = Net(path, device=device, threads=threads)
        self._input = self._net.picture()
        maps = [slot for slot in self._net.pictures() if slot.shape[1] in (CLASSES, None)]
        side = self._input.shape[2]
        if not maps or self._input.shape[1] != 3:
            raise self._net.foreign(f"an output of {CLASSES} classes")
        self._output, self.side = maps[0], side or 512
        self.resident_bytes = self._net.resident_bytes

    def __call__(self, rgb: Bytes, five: Floats, parts: Sequence[str] = FACE) -> Laid:
        """1 in the parts, soft at their edges. ``rgb`` uint8 HxWx3, ``five`` points of the face in it (5x2, pixels).

        KeyError for a part that isn't in ``PARTS``.
        """
        crop = aligned(rgb, five, TEMPLATE, self.side)
        values = (crop.rgb.astype(np.float32) / 255 - MEAN) / SPREAD
        scores = self._net({self._input.name: values.transpose(2, 0, 1)[None]}, [self._output.name])[0]
        chosen = np.isin(scores[0].argmax(axis=0), [PARTS[part] for part in parts])
        return Laid(softened(chosen.astype(np.float32)), crop.forth)
