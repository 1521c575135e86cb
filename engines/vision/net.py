"""A network from an ONNX file: what it wants is read from the file, what it is given is brought into its number types."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.arrays import Floats
from engines.vision.sessions import open_session
from studio.errors import Unavailable

CUDA = "CUDAExecutionProvider"
TYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(uint8)": np.uint8,
}


@dataclass(frozen=True)
class Slot:
    """A tensor that goes in or comes out: its name, its axes (None where open), and its number type."""

    name: str
    shape: tuple[int | None, ...]
    dtype: Any


class Net:
    """A session with its slots. Any thread may call it; on a graphics card they take turns.

    Raises Unavailable when the file isn't a network. ``on_gpu`` says where it really runs.
    """

    def __init__(self, path: Path, *, device: str = "cpu", threads: int = 1) -> None:
        self.file = path.name
        self._session = open_session(path, device=device, threads=threads)
        self.inputs = tuple(_slot(tensor) for tensor in self._session.get_inputs())
        self.outputs = tuple(_slot(tensor) for tensor in self._session.get_outputs())
        self.on_gpu = CUDA in self._session.get_providers()
        self.resident_bytes = path.stat().st_size
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.on_gpu else nullcontext()

    def __call__(self, feeds: Mapping[str, NDArray[Any]], wanted: Sequence[str]) -> list[Floats]:
        """The outputs named in ``wanted`` as float32, for inputs by name in any number type."""
        cast = {
            slot.name: np.ascontiguousarray(feeds[slot.name]).astype(slot.dtype, copy=False)
            for slot in self.inputs
            if slot.name in feeds
        }
        with self._turn:
            answers = self._bound(cast, wanted) if self.on_gpu else self._session.run(list(wanted), cast)
        return [np.asarray(answer, np.float32) for answer in answers]

    def _bound(self, feeds: Mapping[str, NDArray[Any]], wanted: Sequence[str]) -> list[NDArray[Any]]:
        """One copy in and one out: everything between stays on the card."""
        binding = self._session.io_binding()
        for name, value in feeds.items():
            binding.bind_cpu_input(name, value)
        for name in wanted:
            binding.bind_output(name)
        self._session.run_with_iobinding(binding)
        return binding.copy_outputs_to_cpu()

    def picture(self) -> Slot:
        """The one input of four axes."""
        return self._one(self.inputs, 4)

    def vector(self) -> Slot:
        """The one input of two axes."""
        return self._one(self.inputs, 2)

    def pictures(self) -> list[Slot]:
        """Outputs of four axes."""
        return [slot for slot in self.outputs if len(slot.shape) == 4]

    def foreign(self, missing: str) -> Unavailable:
        """The error for a file that isn't the expected network."""
        return Unavailable("vision.model_foreign", name=self.file, missing=missing)

    def _one(self, slots: Sequence[Slot], axes: int) -> Slot:
        fitting = [slot for slot in slots if len(slot.shape) == axes]
        if len(fitting) != 1:
            raise self.foreign(f"an input of {axes} axes")
        return fitting[0]


def _slot(tensor: Any) -> Slot:
    axes = tuple(axis if isinstance(axis, int) and axis > 0 else None for axis in tensor.shape)
    return Slot(tensor.name, axes, TYPES.get(tensor.type, np.float32))
