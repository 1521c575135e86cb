"""Weights in safetensors files, read by their header: what is in them is known before a byte of them is loaded."""

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

from studio.errors import BadInput

HEADER_MOST = 100_000_000
PICKLES = {".ckpt", ".pt", ".pth", ".bin", ".pkl"}
PICKLE_SIGNS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
WIDTHS = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
"""Bytes of a number by its name in the header; 1 for all others."""


@dataclass(frozen=True)
class Tensor:
    """Shape and bytes of a tensor that isn't loaded."""

    shape: tuple[int, ...]
    bytes: int


@dataclass(frozen=True)
class Weights:
    """A safetensors file: its tensors by key and the texts that its maker put in."""

    path: Path
    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.path.name

    def has(self, *parts: str) -> bool:
        """Whether some key contains one of these parts."""
        return any(part in key for key in self.tensors for part in parts)

    def starts(self, *prefixes: str) -> bool:
        """Whether some key begins with one of these."""
        return any(key.startswith(prefixes) for key in self.tensors)

    def bytes_of(self, *prefixes: str) -> int:
        """Bytes of the tensors whose keys begin with one of these; of all, where none is given."""
        return sum(tensor.bytes for key, tensor in self.tensors.items() if not prefixes or key.startswith(prefixes))

    def load(self, wanted: Callable[[str], bool] = lambda key: True) -> dict[str, Any]:
        """The torch tensors whose keys are wanted, on the CPU in the file's number types."""
        from safetensors import safe_open

        with safe_open(self.path, framework="pt", device="cpu") as file:
            return {key: file.get_tensor(key) for key in self.tensors if wanted(key)}


def open_weights(path: Path) -> Weights:
    """Read a safetensors file's header, once for each state of the file.

    Raises BadInput for a pickle, an incomplete file, or no such file at all.
    """
    if not path.is_file():
        raise BadInput("diffusion.absent", name=path.name)
    state = path.stat()
    return _opened(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=64)
def _opened(path: Path, size: int, changed: int) -> Weights:
    with path.open("rb") as file:
        start = file.read(8)
        if path.suffix.lower() in PICKLES or start.startswith(PICKLE_SIGNS):
            raise BadInput("diffusion.pickle", name=path.name)
        if len(start) < 8:
            raise BadInput("diffusion.incomplete", name=path.name)
        length = struct.unpack("<Q", start)[0]
        if length > HEADER_MOST:
            raise BadInput("diffusion.not_weights", name=path.name)
        text = file.read(length)
    if len(text) < length:
        raise BadInput("diffusion.incomplete", name=path.name)
    return _parsed(path, text, size - 8 - length)


def _parsed(path: Path, text: bytes, room: int) -> Weights:
    try:
        header = json.loads(text)
        metadata = header.pop("__metadata__", {})
        tensors = {key: _tensor(entry) for key, entry in header.items()}
        end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise BadInput("diffusion.not_weights", name=path.name) from error
    if end > room:
        raise BadInput("diffusion.incomplete", name=path.name)
    return Weights(path, tensors, metadata)


def _tensor(entry: Mapping[str, Any]) -> Tensor:
    shape = tuple(int(side) for side in entry["shape"])
    return Tensor(shape, prod(shape) * WIDTHS.get(entry["dtype"], 1))
