"""Photoshop files: the XMP packet as an image resource (Adobe's File Formats Specification, 2019, resource 1060)."""

import struct
from collections.abc import Iterator
from pathlib import Path

from studio.tags.notes import Notes, Unsuitable
from studio.tags.xmp import record_of

MAGIC = b"8BPS"
HEAD = 26
XMP = 1060


def write(file: Path, target: Path, notes: Notes) -> None:
    """A packet of an earlier writing is replaced."""
    data = file.read_bytes()
    start, end = _section(data)
    kept = [data[at:to] for number, _, at, to in _resources(data, start, end) if number != XMP]
    packet = notes.packet
    packed = b"8BIM" + struct.pack(">HHI", XMP, 0, len(packet)) + packet + bytes(len(packet) % 2)
    resources = b"".join([*kept, packed])
    target.write_bytes(data[: start - 4] + struct.pack(">I", len(resources)) + resources + data[end:])


def read(file: Path) -> str:
    """The record, or nothing."""
    data = file.read_bytes()
    start, end = _section(data)
    return next((record_of(body) for number, body, _, _ in _resources(data, start, end) if number == XMP), "")


def _section(data: bytes) -> tuple[int, int]:
    """Where the image resources begin and end."""
    try:
        (colours,) = struct.unpack_from(">I", data, HEAD)
        start = HEAD + 4 + colours + 4
        (size,) = struct.unpack_from(">I", data, start - 4)
    except struct.error:
        raise Unsuitable from None
    if not data.startswith(MAGIC) or start + size > len(data):
        raise Unsuitable
    return start, start + size


def _resources(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes, int, int]]:
    """Number and body of each, and where it begins and ends."""
    at = start
    while at + 12 <= end:
        (number,) = struct.unpack_from(">H", data, at + 4)
        body = at + 6 + data[at + 6] + 1 + (data[at + 6] + 1) % 2
        if data[at : at + 4] != b"8BIM" or body + 4 > end:
            raise Unsuitable
        (size,) = struct.unpack_from(">I", data, body)
        to = body + 4 + size + size % 2
        if to > end:
            raise Unsuitable
        yield number, data[body + 4 : body + 4 + size], at, to
        at = to
