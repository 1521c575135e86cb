"""JPEG: Exif and XMP segments behind the start marker (CIPA DC-008, XMP specification part 3)."""

import struct
from pathlib import Path

from studio.tags.exif import exif
from studio.tags.notes import Notes, Unsuitable
from studio.tags.xmp import record_of

START = b"\xff\xd8"
APP0, APP1 = 0xE0, 0xE1
EXIF_HEAD = b"Exif\x00\x00"
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\x00"
SEGMENT_LIMIT = 0xFFFF - 2


def write(file: Path, target: Path, notes: Notes) -> None:
    """Exif is added where there is none; an XMP packet is replaced. Raises Unsuitable when the notes are too long."""
    data = file.read_bytes()
    segments, rest = _segments(data)
    kept = [item for item in segments if not item[1].startswith(XMP_HEAD)]
    first = [item for item in kept if item[0] == APP0]
    others = [item for item in kept if item[0] != APP0]
    known = [item for item in others if item[1].startswith(EXIF_HEAD)]
    ours = [*(known or [(APP1, exif(notes))]), (APP1, XMP_HEAD + notes.packet)]
    if any(len(body) > SEGMENT_LIMIT for _, body in ours):
        raise Unsuitable
    with target.open("wb") as out:
        out.write(START)
        for marker, body in (*first, *ours, *(item for item in others if item not in known)):
            out.write(bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body)
        out.write(rest)


def read(file: Path) -> str:
    """The record, or nothing."""
    for _, body in _segments(file.read_bytes())[0]:
        if body.startswith(XMP_HEAD):
            return record_of(body[len(XMP_HEAD) :])
    return ""


def _segments(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """(marker, body) of the application and comment segments at the beginning, and everything behind them."""
    if not data.startswith(START):
        raise Unsuitable
    at, found = 2, []
    while at + 4 <= len(data) and data[at] == 0xFF and (APP0 <= data[at + 1] <= 0xEF or data[at + 1] == 0xFE):
        (size,) = struct.unpack_from(">H", data, at + 2)
        found.append((data[at + 1], data[at + 4 : at + 2 + size]))
        at += 2 + size
    return found, data[at:]
