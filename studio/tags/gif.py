"""GIF: an XMP application block and a comment before the trailer (GIF89a; XMP specification part 3)."""

from collections.abc import Iterator
from pathlib import Path

from studio.tags.notes import Notes, Unsuitable

TRAILER = b"\x3b"
COMMENT = b"\x21\xfe"
XMP_HEAD = b"\x21\xff\x0bXMP DataXMP"
XMP_TAIL = bytes((1, *range(255, -1, -1), 0))
"""Any reader of sub-blocks that falls into the packet comes out at the end of this ramp."""
MARK = b'{"software": "Atelier'
BLOCK = 255
IMAGE, EXTENSION = 0x2C, 0x21


def write(file: Path, target: Path, notes: Notes) -> None:
    """Notes of an earlier writing are replaced."""
    data = file.read_bytes()
    end = len(data)
    kept = bytearray()
    at = 0
    for start, stop in _blocks(data):
        kept += data[at:start]
        at = stop
        if data[start:stop] == TRAILER:
            end = start
            break
        if not _ours(data[start:stop]):
            kept += data[start:stop]
    if end == len(data):
        raise Unsuitable
    record = notes.record.encode("utf-8", "replace")
    blocks = b"".join(bytes((len(part),)) + part for part in _cut(record))
    target.write_bytes(bytes(kept) + XMP_HEAD + notes.packet + XMP_TAIL + COMMENT + blocks + b"\x00" + TRAILER)


def read(file: Path) -> str:
    """The record, or nothing."""
    data = file.read_bytes()
    for start, stop in _blocks(data):
        if data[start : start + 2] == COMMENT and (text := _joined(data[start + 2 : stop])).startswith(MARK):
            return text.decode("utf-8", "replace")
    return ""


def _ours(block: bytes) -> bool:
    return block.startswith(XMP_HEAD) or (block[:2] == COMMENT and _joined(block[2:]).startswith(MARK))


def _cut(data: bytes) -> Iterator[bytes]:
    return (data[at : at + BLOCK] for at in range(0, len(data), BLOCK))


def _joined(blocks: bytes) -> bytes:
    found, at = bytearray(), 0
    while at < len(blocks) and blocks[at]:
        found += blocks[at + 1 : at + 1 + blocks[at]]
        at += 1 + blocks[at]
    return bytes(found)


def _blocks(data: bytes) -> Iterator[tuple[int, int]]:
    """(start, stop) of every block behind the header and its palette, the trailer last."""
    if data[:4] != b"GIF8":
        raise Unsuitable
    at = 13 + _palette(data[10])
    while at < len(data):
        start = at
        if data[at] == IMAGE:
            at = _skip(data, at + 11 + _palette(data[at + 9]))
        elif data[at] == EXTENSION:
            at = _skip(data, at + 2)
        else:
            yield start, start + 1
            return
        yield start, at


def _palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip(data: bytes, at: int) -> int:
    """Behind the sub-blocks that begin at ``at``."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1
