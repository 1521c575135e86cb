"""Robust Video Matting (Lin et al. 2021) from its published ONNX files; the network remembers, so frames come in
order.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.arrays import Bytes
from engines.vision.look import State
from engines.vision.sessions import demand, open_session

LONG_SIDE = 512
MEMORIES = 4
INPUTS = ("src", "r1i", "r2i", "r3i", "r4i", "downsample_ratio")
OUTPUTS = ("fgr", "pha", "r1o", "r2o", "r3o", "r4o")


@dataclass(frozen=True)
class Foreground:
    """rgb uint8 HxWx3: the person's own colours, without the old background's; alpha uint8 HxW."""

    rgb: Bytes
    alpha: Bytes


class RvmNet:
    """The network, without a memory: one may serve several films. The number type is read from the file."""

    def __init__(self, path: Path, *, device: str = "cpu", threads: int = 1) -> None:
        """``Unavailable`` when the file is not such a network."""
        self.session = open_session(path, device=device, threads=threads)
        demand(self.session, path.name, INPUTS, OUTPUTS)
        kinds = {tensor.name: tensor.type for tensor in self.session.get_inputs()}
        self.dtype: Any = np.float16 if kinds["src"] == "tensor(float16)" else np.float32


class Rvm:
    """Mattes one film. Ordered; forgets at a cut. ``state`` and ``restore`` carry the recurrent tensors exactly."""

    def __init__(self, net: RvmNet) -> None:
        self._net = net
        self._memory: list[np.ndarray] = []

    def __call__(self, rgb: Bytes, *, cut: bool = False) -> Foreground:
        """rgb uint8 HxWx3. The network works at a long side of 512, and refines to full size itself."""
        height, width = rgb.shape[:2]
        dtype = self._net.dtype
        if cut or not self._memory:
            self._memory = [np.zeros((1, 1, 1, 1), dtype) for _ in range(MEMORIES)]
        ratio = min(LONG_SIDE / max(height, width), 1.0)
        feed: dict[str, np.ndarray] = {
            "src": np.ascontiguousarray(rgb.transpose(2, 0, 1)[np.newaxis]).astype(dtype) / dtype(255),
            "downsample_ratio": np.array([ratio], np.float32),
        }
        feed.update({f"r{i + 1}i": memory for i, memory in enumerate(self._memory)})
        colours, alpha, *self._memory = self._net.session.run(list(OUTPUTS), feed)
        return Foreground(_bytes(colours[0].transpose(1, 2, 0)), _bytes(alpha[0, 0]))

    def state(self) -> State:
        return {str(i): memory for i, memory in enumerate(self._memory)}

    def restore(self, state: State) -> None:
        self._memory = [np.asarray(state[str(i)], self._net.dtype) for i in range(len(state))]


def _bytes(values: np.ndarray) -> Bytes:
    return np.ascontiguousarray(np.clip(values.astype(np.float32) * 255 + 0.5, 0, 255).astype(np.uint8))
