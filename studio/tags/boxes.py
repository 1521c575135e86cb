"""MP4, MOV and M4A: iTunes-style tags in ``moov/udta/meta/ilst`` and an XMP ``uuid`` box behind ``moov`` (ISO 14496-12,
QuickTime File Format, XMP specification part 3). Only the index is rewritten: packets keep their bytes, and the file
its order.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from studio.tags.notes import AIGC, Notes, Unsuitable
from studio.tags.xmp import record_of

XMP_BOX = UUID("be7acfcb-97a9-42e8-9c71-999491e3afac").bytes
PARENTS = frozenset({b"trak", b"mdia", b"minf", b"stbl"})
MEAN = b"org.atelier"
UTF8 = 1
LARGEST = 0xFFFFFFFF
INDEX_LIMIT = 512 << 20
BLOCK = 1 << 20


@dataclass(frozen=True)
class Box:
    """A box at ``start``, with a head of ``head`` bytes and ``size`` bytes in all."""

    kind: bytes
    start: int
    head: int
    size: int


def write(file: Path, target: Path, notes: Notes) -> None:
    """Notes of an earlier writing are replaced. Raises Unsuitable for fragmented files and ones without an index."""
    with file.open("rb") as source:
        boxes = list(_top(source, file.stat().st_size))
        index = next((box for box in boxes if box.kind == b"moov"), None)
        if index is None or index.size > INDEX_LIMIT or any(box.kind == b"moof" for box in boxes):
            raise Unsuitable
        after = [box for box in boxes if box.start > index.start]
        old = [box for box in after if _is_xmp(source, box)]
        packet = _box(b"uuid", XMP_BOX + notes.packet)
        body = _index(_read(source, index), notes)
        media = min((box.start for box in after if box.kind == b"mdat"), default=0)
        grown = len(body) + 8 + len(packet) - index.size - sum(box.size for box in old if box.start < media)
        moved = _box(b"moov", _shifted(body, index.start, grown))
        with target.open("wb") as out:
            _copy(source, out, 0, index.start)
            out.write(moved + packet)
            for box in after:
                if box not in old:
                    _copy(source, out, box.start, box.size)


def read(file: Path) -> str:
    """The record, or nothing."""
    with file.open("rb") as source:
        for box in _top(source, file.stat().st_size):
            if _is_xmp(source, box) and box.size < INDEX_LIMIT:
                return record_of(_read(source, box)[len(XMP_BOX) :])
    return ""


def _top(source: BinaryIO, size: int) -> Iterator[Box]:
    at = 0
    while at + 8 <= size:
        source.seek(at)
        head = source.read(16)
        length, kind = struct.unpack_from(">I4s", head)
        width = 8
        if length == 1 and len(head) == 16:
            (length,), width = struct.unpack_from(">Q", head, 8), 16
        elif length == 0:
            length = size - at
        if length < width or at + length > size:
            raise Unsuitable
        yield Box(kind, at, width, length)
        at += length


def _inner(body: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, stop) of the boxes inside one, heads included."""
    at = 0
    while at + 8 <= len(body):
        length, kind = struct.unpack_from(">I4s", body, at)
        if length < 8 or at + length > len(body):
            return
        yield kind, at, at + length
        at += length


def _index(body: bytes, notes: Notes) -> bytes:
    """The index's body with our tags; other user data stay."""
    kept, others = [], []
    for kind, start, stop in _inner(body):
        if kind == b"udta":
            inside = body[start + 8 : stop]
            others += [inside[a:b] for name, a, b in _inner(inside) if name != b"meta"]
        else:
            kept.append(body[start:stop])
    handler = _box(b"hdlr", struct.pack(">II4s4sIIB", 0, 0, b"mdir", b"appl", 0, 0, 0))
    tags = [
        _box(b"\xa9too", _data(notes.software)),
        _box(b"\xa9cmt", _data(notes.record)),
        _free(AIGC, notes.aigc),
        _free("DigitalSourceType", notes.source_type),
    ]
    meta = _box(b"meta", bytes(4) + handler + _box(b"ilst", b"".join(tags)))
    return b"".join([*kept, _box(b"udta", b"".join([*others, meta]))])


def _shifted(body: bytes, behind: int, by: int) -> bytes:
    """The index with every chunk's place behind ``behind`` moved by ``by`` bytes. Raises Unsuitable where 32 bits don't
    do.
    """
    moved = bytearray(body)
    for kind, start, stop in _places(body, 0, len(body)):
        width, code = (8, "Q") if kind == b"co64" else (4, "I")
        (count,) = struct.unpack_from(">I", body, start + 12)
        if start + 16 + count * width > stop:
            raise Unsuitable
        places = struct.unpack_from(f">{count}{code}", body, start + 16)
        new = [place + by if place > behind else place for place in places]
        if new and max(new) > LARGEST and width == 4:
            raise Unsuitable
        struct.pack_into(f">{count}{code}", moved, start + 16, *new)
    return bytes(moved)


def _places(body: bytes, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    for kind, a, b in _inner(body[start:stop]):
        if kind in PARENTS:
            yield from _places(body, start + a + 8, start + b)
        elif kind in (b"stco", b"co64"):
            yield kind, start + a, start + b


def _is_xmp(source: BinaryIO, box: Box) -> bool:
    if box.kind != b"uuid":
        return False
    source.seek(box.start + box.head)
    return source.read(len(XMP_BOX)) == XMP_BOX


def _read(source: BinaryIO, box: Box) -> bytes:
    source.seek(box.start + box.head)
    return source.read(box.size - box.head)


def _copy(source: BinaryIO, out: BinaryIO, start: int, size: int) -> None:
    source.seek(start)
    left = size
    while left and (block := source.read(min(left, BLOCK))):
        out.write(block)
        left -= len(block)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _data(text: str) -> bytes:
    return _box(b"data", struct.pack(">II", UTF8, 0) + text.encode("utf-8", "replace"))


def _free(name: str, text: str) -> bytes:
    """A freeform item, which readers show under its name."""
    head = _box(b"mean", bytes(4) + MEAN) + _box(b"name", bytes(4) + name.encode())
    return _box(b"----", head + _data(text))
