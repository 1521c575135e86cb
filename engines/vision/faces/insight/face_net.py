"""Networks that redraw an upright face as somebody else's: a picture and a latent in, a picture out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.batches import Gather
from engines.vision.faces.insight.tiles import joined, split
from engines.vision.net import Net
from studio.errors import Unavailable

TILES = 16
"""As many go through in one run."""

Asked = tuple[Bytes, Floats]
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Values:
    """What colours from 0 to 1 are on one side of a network: (value - mean) / spread, red, green, blue."""

    mean: Colour
    spread: Colour

    def forth(self, rgb: Bytes) -> Floats:
        """uint8 ...x3 as the network's values, float32."""
        scale = 1 / np.array(self.spread, np.float64)
        return rgb * (scale / 255).astype(np.float32) - (np.array(self.mean) * scale).astype(np.float32)

    def back(self, values: Floats) -> Bytes:
        """The network's values ...x3 as uint8."""
        rgb = values * (255 * np.array(self.spread)).astype(np.float32) + (255 * np.array(self.mean)).astype(np.float32)
        return np.rint(np.clip(rgb, 0, 255)).astype(np.uint8)


PLAIN = Values((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
SIGNED = Values((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
IMAGENET = Values((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


class FaceNet:
    """Draws crops by the template ``template``, ``side`` pixels or a multiple of that. ``given`` and ``made`` are what colours are there.

    Names, axes and number types are read from the file. A file whose first axis is open takes all tiles of a crop at once,
    and on a graphics card also those of other faces and frames that threads bring meanwhile; there a result may differ by
    roundings with its company. Any thread may call it. Raises Unavailable when the file isn't such a network.
    """

    template = "arcface_128"
    given = made = SIGNED

    def __init__(self, path: Path, *, device: str = "cpu", threads: int = 1) -> None:
        self._net = Net(path, device=device, threads=threads)
        self._picture, self._source = self._net.picture(), self._net.vector()
        drawn = [slot for slot in self._net.pictures() if slot.shape[1] in (3, None)]
        height, width = self._picture.shape[2:]
        if not drawn or height is None or height != width or self._picture.shape[1] != 3:
            raise self._net.foreign("target, source, output")
        self._output, self.side = drawn[0], height
        self.latent_size = self._source.shape[1] or 512
        self.resident_bytes = self._net.resident_bytes
        self.on_gpu = self._net.on_gpu
        self._gather = Gather(self._drawn, self._company, lambda key: max(1, TILES // key[0]))

    def latent(self, embeddings: Floats) -> Floats:
        """What the network is told of a person: float32 of ``latent_size``, from ArcFace embeddings as they come, Nx512: their directions' mean."""
        return unit(unit(embeddings).mean(axis=0)).astype(np.float32)

    def __call__(self, crop: Bytes, latent: Floats) -> Bytes:
        """``crop`` uint8 NxNx3, N a multiple of ``side``. Returns the same size."""
        asked = split(crop, self.side), latent
        drawn = self._gather(asked) if self._net.on_gpu else self._drawn([asked])[0]
        return joined(drawn)

    def _company(self, asked: Asked) -> tuple[int, bytes]:
        """What those have in common that may go through together: their number of tiles, and the latent where the file takes one only."""
        tiles, latent = asked
        return len(tiles), latent.tobytes() if self._source.shape[0] == 1 else b""

    def _drawn(self, batch: Sequence[Asked]) -> list[Bytes]:
        tiles = np.concatenate([tiles for tiles, _ in batch])
        latents = np.concatenate([np.repeat(latent[None], len(tiles), axis=0) for tiles, latent in batch])
        step = min(self._picture.shape[0] or TILES, TILES)
        one = self._source.shape[0] == 1
        parts = [
            self._run(tiles[i : i + step], latents[i : i + 1] if one else latents[i : i + step])
            for i in range(0, len(tiles), step)
        ]
        return np.split(np.concatenate(parts), np.cumsum([len(tiles) for tiles, _ in batch])[:-1])

    def _run(self, tiles: Bytes, latents: Floats) -> Bytes:
        """NHWC there and back; RGB on both sides."""
        feeds = {self._picture.name: self.given.forth(tiles).transpose(0, 3, 1, 2), self._source.name: latents}
        drawn = self._net(feeds, [self._output.name])[0]
        if not np.isfinite(drawn).all():
            raise Unavailable("vision.not_finite", name=self._net.file)
        return self.made.back(drawn.transpose(0, 2, 3, 1))


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Vectors (...xN) at length 1."""
    doubles = vectors.astype(np.float64)
    return doubles / np.maximum(np.linalg.norm(doubles, axis=-1, keepdims=True), 1e-12)
