"""One constant out of an ONNX file, without loading the rest: onnxruntime doesn't give constants out, least of all unused ones."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import Unavailable

# Field numbers of onnx.proto, and its number types.
GRAPH, INITIALIZER = 7, 5
DIMS, KIND, FLOATS, HALVES, NAME, RAW = 1, 2, 4, 5, 8, 9
FIXED64 = 1
KINDS: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 10: np.dtype("<f2"), 11: np.dtype("<f8")}
HALF = 10
DOUBLES = 10

Span = tuple[int, int]


def initializer(path: Path, name: str) -> NDArray[np.float32] | None:
    """The constant called ``name`` as float32, or None where the file has none. Unavailable where the file is broken."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _found(data, name.encode())
    except (ValueError, LookupError) as problem:
        raise Unavailable("vision.model_unreadable", name=path.name) from problem


def _found(data: mmap.mmap, name: bytes) -> NDArray[np.float32] | None:
    for field, graph in _fields(data, (0, len(data))):
        if field != GRAPH or isinstance(graph, int):
            continue
        for inner, tensor in _fields(data, graph):
            if inner == INITIALIZER and not isinstance(tensor, int) and _name(data, tensor) == name:
                return _array(data, tensor)
    return None


def _name(data: mmap.mmap, tensor: Span) -> bytes:
    for field, value in _fields(data, tensor):
        if field == NAME and not isinstance(value, int):
            return data[value[0] : value[1]]
    return b""


def _array(data: mmap.mmap, tensor: Span) -> NDArray[np.float32]:
    """Raw bytes, or a packed list of numbers; half floats in a list are varints of their bits."""
    dims: list[int] = []
    kind, values = 0, np.zeros(0, np.float32)
    for field, value in _fields(data, tensor):
        if field == KIND and isinstance(value, int):
            kind = value
    for field, value in _fields(data, tensor):
        if field == DIMS:
            dims += [value] if isinstance(value, int) else _varints(data, value)
        elif field in (RAW, FLOATS, DOUBLES) and not isinstance(value, int):
            values = np.frombuffer(data[value[0] : value[1]], KINDS[kind]).astype(np.float32)
        elif field == HALVES and kind == HALF and not isinstance(value, int):
            values = np.array(_varints(data, value), np.uint16).view(np.float16).astype(np.float32)
    return values.reshape(dims)


def _fields(data: mmap.mmap, span: Span) -> Iterator[tuple[int, int | Span]]:
    """Number and value of each field of a message: a whole number, or where its bytes lie."""
    at, end = span
    while at < end:
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
                yield key >> 3, value
            case 1 | 5 as wire:
                size = 8 if wire == FIXED64 else 4
                yield key >> 3, (at, at + size)
                at += size
            case 2:
                size, at = _varint(data, at)
                if at + size > end:
                    raise ValueError("a field ends beyond its message")
                yield key >> 3, (at, at + size)
                at += size
            case _:
                raise ValueError("not a protobuf message")


def _varint(data: mmap.mmap, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _varints(data: mmap.mmap, span: Span) -> list[int]:
    at, values = span[0], []
    while at < span[1]:
        value, at = _varint(data, at)
        values.append(value)
    return values
