"""ArcFace (Deng et al. 2019), whose face it is, from the ONNX file ``w600k_r50`` of buffalo_l."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.faces.align import aligned
from engines.vision.faces.face import Face
from engines.vision.faces.identity import Embedding, Limits
from engines.vision.faces.insight.face_net import unit
from engines.vision.net import Net

SIDE = 112
TEMPLATE = "arcface_112"
# Distances d of unit vectors, d² = 2(1 - cos). Published: one person up to 1 - cos = 0.6 (facefusion: 0.3 of half of that scale),
# surely up to d² = 0.85 (roop). Two people lie around cos = 0, d = 1.41. Not measured here, where the weights are not to be had.
LIMITS = Limits(same=1.095, one_person=0.922, surely=0.85, maybe=1.095)


class ArcFace:
    """Embeddings of faces: float32 of as many numbers as the file gives (512), of length 1. Any thread may call it."""

    limits = LIMITS

    def __init__(self, path: Path, *, device: str = "cpu", threads: int = 1) -> None:
        """Raises Unavailable when the file isn't such a network."""
        self._net = Net(path, device=device, threads=threads)
        self._input = self._net.picture()
        if len(self._net.outputs) != 1 or len(self._net.outputs[0].shape) != 2:
            raise self._net.foreign("an output of 2 axes")
        self._most = self._input.shape[0]
        self.resident_bytes = self._net.resident_bytes

    def __call__(self, rgb: Bytes, face: Face) -> Embedding:
        """``rgb`` uint8 HxWx3 with the face in it."""
        return self.of_points(rgb, face.five)

    def of_points(self, rgb: Bytes, five: Floats) -> Embedding:
        """Of the face with these five points (5x2, pixels; the picture's left first)."""
        return unit(self.raw(rgb, five)).astype(np.float32)

    def raw(self, rgb: Bytes, five: Floats) -> Embedding:
        """The same at the length that the file gives it, which says how clear a view is."""
        return self.of_chips([aligned(rgb, five, TEMPLATE, SIDE).rgb])[0]

    def several(self, rgb: Bytes, faces: Sequence[Face]) -> Floats:
        """All faces of a picture in one run where the file allows it: float32 Nx512."""
        return unit(self.of_chips([aligned(rgb, face.five, TEMPLATE, SIDE).rgb for face in faces])).astype(np.float32)

    def of_chips(self, chips: Sequence[Bytes]) -> Floats:
        """Crops by the template arcface_112, uint8 112x112x3. Returns float32 Nx512, at the lengths that the file gives them."""
        if not chips:
            return np.zeros((0, 512), np.float32)
        tensor = ((np.stack(chips).astype(np.float32) - 127.5) / 127.5).transpose(0, 3, 1, 2)
        step = self._most or len(chips)
        name = [self._net.outputs[0].name]
        answers = [self._net({self._input.name: tensor[i : i + step]}, name)[0] for i in range(0, len(chips), step)]
        return np.concatenate(answers)
