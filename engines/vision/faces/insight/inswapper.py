"""inswapper_128 (insightface, 2023): 128 pixels, values from 0 to 1, and a latent by the matrix ``buff2fs`` in the file."""

from pathlib import Path

import numpy as np

from engines.arrays import Floats
from engines.vision.faces.insight.face_net import PLAIN, FaceNet, unit
from engines.vision.faces.insight.initializer import initializer

MATRIX = "buff2fs"


class InSwapper(FaceNet):
    """``matrix`` is found by its name: in some half-precision files another constant comes last."""

    given = made = PLAIN

    def __init__(self, path: Path, *, device: str = "cpu", threads: int = 1) -> None:
        super().__init__(path, device=device, threads=threads)
        matrix = initializer(path, MATRIX)
        if matrix is None or matrix.shape != (self.latent_size, self.latent_size):
            raise self._net.foreign(MATRIX)
        self._matrix = matrix.astype(np.float64)

    def latent(self, embeddings: Floats) -> Floats:
        """The mean direction of ArcFace embeddings as they come, Nx512, times the matrix, of length 1 again."""
        return unit(super().latent(embeddings) @ self._matrix).astype(np.float32)
