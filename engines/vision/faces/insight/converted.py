"""GHOST (Groshev et al. 2022) and SimSwap (Chen et al. 2020): latents by a second file, which converts ArcFace's embeddings."""

from pathlib import Path

import numpy as np

from engines.arrays import Floats
from engines.vision.faces.insight.face_net import IMAGENET, PLAIN, FaceNet, unit
from engines.vision.net import Net


class Ghost(FaceNet):
    """256 pixels, values from -1 to 1. The converter is given embeddings at the length that ArcFace gives them."""

    template = "arcface_112_v1"

    def __init__(self, path: Path, converter: Path, *, device: str = "cpu", threads: int = 1) -> None:
        super().__init__(path, device=device, threads=threads)
        self._converter = Net(converter, device=device, threads=threads)
        self._embedding = self._converter.vector()
        self.resident_bytes += self._converter.resident_bytes

    def latent(self, embeddings: Floats) -> Floats:
        """The converted mean of ArcFace embeddings as they come, Nx512."""
        mean = embeddings.astype(np.float64).mean(axis=0)[None]
        return self._converter({self._embedding.name: mean}, [self._converter.outputs[0].name])[0].ravel()


class SimSwap(Ghost):
    """Values as ImageNet's go in, values from 0 to 1 come out; the latent has length 1."""

    given, made = IMAGENET, PLAIN

    def latent(self, embeddings: Floats) -> Floats:
        """The converted mean of ArcFace embeddings as they come, Nx512, at length 1."""
        return unit(super().latent(embeddings)).astype(np.float32)
