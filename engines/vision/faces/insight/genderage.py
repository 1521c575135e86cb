"""Age and presented gender as buffalo_l's ``genderage`` guesses them: for filters that a user sets, never for who somebody is."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.arrays import Bytes, Floats
from engines.vision.faces.insight.boxed import boxed
from engines.vision.net import Net

SIDE = 96
NUMBERS = 3


@dataclass(frozen=True)
class Looks:
    """What a network takes somebody for: ``male`` or not, ``age`` in years."""

    male: bool
    age: int


class GenderAge:
    """A guess for the face in a box. Any thread may call it."""

    def __init__(self, path: Path, *, device: str = "cpu", threads: int = 1) -> None:
        """Raises Unavailable when the file isn't such a network."""
        self._net = Net(path, device=device, threads=threads)
        self._input, self._output = self._net.picture(), self._net.outputs[0]
        if self._output.shape[-1] != NUMBERS:
            raise self._net.foreign(f"an output of {NUMBERS} numbers")
        self.resident_bytes = self._net.resident_bytes

    def __call__(self, rgb: Bytes, box: tuple[float, float, float, float] | Floats) -> Looks:
        """``rgb`` uint8 HxWx3, ``box`` as the detector gives it."""
        tensor = boxed(rgb, box, SIDE).rgb.astype(np.float32).transpose(2, 0, 1)[None]
        answer = self._net({self._input.name: tensor}, [self._output.name])[0].reshape(NUMBERS)
        return Looks(bool(answer[:2].argmax() == 1), round(float(answer[2]) * 100))
