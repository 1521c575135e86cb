"""What an ONNX file says of itself, read from its fields (onnx.proto3) without loading it."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from studio.errors import BadInput

GRAPH, FACTS = 7, 14
INITIALIZER, TENSOR_SIZES, TENSOR_NAME = 5, 1, 8
NUMBER, EIGHT, BYTES, FOUR = 0, 1, 2, 5
MOST_FACT = 1 << 20


def facts_of(file: Path) -> dict[str, str]:
    """The file's metadata. Raises BadInput for what is no ONNX file."""
    with file.open("rb") as source:
        pairs = [_texts(source, at, end) for field, at, end in _fields(source, 0, _size(source)) if field == FACTS]
    return {pair[1]: pair.get(2, "") for pair in pairs if 1 in pair}


def rows_of(file: Path, name: str) -> int | None:
    """How many rows a table of weights has; None where there is none of that name. Raises BadInput as ``facts_of`` does."""
    with file.open("rb") as source:
        graphs = [(at, end) for field, at, end in _fields(source, 0, _size(source)) if field == GRAPH]
        for first, last in graphs:
            for field, at, end in _fields(source, first, last):
                if field == INITIALIZER and _texts(source, at, end).get(TENSOR_NAME) == name:
                    return _first_size(source, at, end)
    return None


def _size(source: BinaryIO) -> int:
    return source.seek(0, 2)


def _fields(source: BinaryIO, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(field, place, end) of each field of bytes or a number between two places; the place of a number is where it begins."""
    while at < end:
        source.seek(at)
        key = _number(source)
        field, kind = key >> 3, key & 7
        at = source.tell()
        if kind == BYTES:
            size = _number(source)
            at = source.tell()
            after = at + size
        elif kind == NUMBER:
            _number(source)
            after = source.tell()
        elif kind in (EIGHT, FOUR):
            after = at + (8 if kind == EIGHT else 4)
        else:
            after = end + 1
        if after > end or not field:
            raise BadInput("speech.no_onnx", file=str(getattr(source, "name", "")).rpartition("/")[2])
        yield field, at, after
        at = after


def _number(source: BinaryIO) -> int:
    number, shift = 0, 0
    while byte := source.read(1):
        number |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80 or shift > 63:
            break
    return number


def _texts(source: BinaryIO, at: int, end: int) -> dict[int, str]:
    """The short texts of a message by their fields."""
    found = {}
    for field, first, last in _fields(source, at, end):
        if last - first < MOST_FACT:
            source.seek(first)
            found[field] = source.read(last - first).decode("utf-8", "replace")
    return found


def _first_size(source: BinaryIO, at: int, end: int) -> int | None:
    for field, first, _ in _fields(source, at, end):
        if field == TENSOR_SIZES:
            source.seek(first)
            return _number(source)
    return None
