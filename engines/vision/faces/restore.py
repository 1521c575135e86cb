"""Redrawing a face sharper: GFPGAN (Wang et al. 2021) and CodeFormer (Zhou et al. 2022) from their ONNX exports."""

from pathlib import Path

import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.faces.align import aligned
from engines.vision.faces.paste import FEATHER, box_mask, paste
from engines.vision.faces.swap import Patch
from engines.vision.net import Net
from studio.errors import Unavailable

TEMPLATE = "ffhq_512"
FIDELITY = 0.5


class Restorer:
    """A face in, the same face sharper. Any thread may call it.

    The side of its crops is read from the file (512, or 1024 of gfpgan-1024), as are names and number types; where the
    file has a second input of one number, as CodeFormer's, that is ``fidelity``.
    """

    def __init__(self, path: Path, *, device: str = "cpu", threads: int = 1) -> None:
        """Raises Unavailable when the file isn't such a network."""
        self._net = Net(path, device=device, threads=threads)
        self._input = self._net.picture()
        drawn = [slot for slot in self._net.pictures() if slot.shape[1] in (3, None)]
        rest = [slot for slot in self._net.inputs if slot is not self._input]
        side = self._input.shape[2]
        if not drawn or side is None or self._input.shape[1] != 3 or len(rest) > 1:
            raise self._net.foreign("input, output")
        self._output, self.side = drawn[0], side
        self._weight = rest[0] if rest else None
        self.resident_bytes = self._net.resident_bytes

    def __call__(
        self, rgb: Bytes, five: Floats, *, blend: float = 1.0, fidelity: float = FIDELITY, feather: float = FEATHER
    ) -> Patch | None:
        """``rgb`` uint8 HxWx3, ``five`` points of the face in it (5x2, pixels). None where it lies outside.

        ``blend`` 0..1 is how much of the sharper face is used; ``fidelity`` 0 is prettier, 1 truer to what was given.
        """
        crop = aligned(rgb, five, TEMPLATE, self.side)
        drawn = self._drawn(crop.rgb, fidelity)
        return paste(drawn, box_mask(self.side, feather) * np.float32(blend), crop.forth, rgb.shape)

    def _drawn(self, crop: Bytes, fidelity: float) -> Bytes:
        """RGB from -1 to 1 on both sides."""
        feeds = {self._input.name: (crop.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]}
        if self._weight is not None:
            shape = tuple(axis or 1 for axis in self._weight.shape)
            feeds[self._weight.name] = np.full(shape, fidelity, np.float64)
        answer = self._net(feeds, [self._output.name])[0][0]
        if not np.isfinite(answer).all():
            raise Unavailable("vision.not_finite", name=self._net.file)
        return np.rint(np.clip((answer + 1) * 127.5, 0, 255)).astype(np.uint8).transpose(1, 2, 0)
