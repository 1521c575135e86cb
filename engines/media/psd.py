"""Photoshop files (Adobe's File Formats Specification, 2019): 8 bit RGB with transparency, layers in groups, names in any script.

The studio writes them itself: what it needs is the plainest part of the format, and the libraries that write layers either join
those layers again in Python on each save, which takes many seconds, or are no longer kept.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from engines.arrays import Bytes
from engines.media.layered import Folder, Layered, Sheet
from engines.media.packbits import packed_rows

CHANNELS = (-1, 0, 1, 2)
"""Transparency, red, green, blue, as a layer counts them."""
PACKED = 1
HIDDEN = 0x02
OPEN, DIVIDER = 1, 3
DIVIDER_NAME = "</Layer group>"
LARGEST = 30_000
Record = tuple[bytes, bytes]
"""A layer's record, and the data of its channels."""


def write_psd(file: Path, picture: Layered) -> None:
    """A picture of at most 30 000 pixels a side. The same layers make the same bytes."""
    records = [record for item in picture.items for record in _records(item)]
    layers = (
        struct.pack(">h", -len(records)) + b"".join(head for head, _ in records) + b"".join(body for _, body in records)
    )
    layers += bytes(-len(layers) % 4)
    section = struct.pack(">I", len(layers)) + layers + struct.pack(">I", 0)
    with file.open("wb") as out:
        out.write(b"8BPS" + struct.pack(">H6xHIIHH", 1, 4, picture.height, picture.width, 8, 3))
        out.write(struct.pack(">II", 0, 0))
        out.write(struct.pack(">I", len(section)) + section)
        out.write(_merged(picture.merged))


def _records(item: Folder | Sheet) -> Iterator[Record]:
    """From back to front; a group is told by what ends it, its layers, and itself."""
    if isinstance(item, Sheet):
        yield _layer(item)
        return
    yield _mark(DIVIDER_NAME, DIVIDER, visible=True)
    yield from (_layer(sheet) for sheet in item.sheets)
    yield _mark(item.name, OPEN, visible=item.visible)


def _layer(sheet: Sheet) -> Record:
    height, width = sheet.rgba.shape[:2]
    bodies = []
    for number in CHANNELS:
        lengths, rows = packed_rows(sheet.rgba[..., number])
        bodies.append(struct.pack(f">H{height}H", PACKED, *lengths) + rows)
    box = (sheet.top, sheet.left, sheet.top + height, sheet.left + width)
    head = _head(box, [len(body) for body in bodies], b"norm", sheet.visible, _named(sheet.name))
    return head, b"".join(bodies)


def _mark(name: str, kind: int, *, visible: bool) -> Record:
    """The beginning or the end of a group: a layer without pixels."""
    blend = b"norm" if kind == DIVIDER else b"pass"
    more = _named(name) + _block(b"lsct", struct.pack(">I", kind) + b"8BIM" + blend)
    return _head((0, 0, 0, 0), [2] * len(CHANNELS), blend, visible, more), bytes(2 * len(CHANNELS))


def _head(box: tuple[int, int, int, int], sizes: list[int], blend: bytes, visible: bool, more: bytes) -> bytes:
    channels = b"".join(struct.pack(">hI", number, size) for number, size in zip(CHANNELS, sizes, strict=True))
    extra = struct.pack(">II", 0, 0) + more
    flags = 0 if visible else HIDDEN
    told = struct.pack(">iiiiH", *box, len(CHANNELS)) + channels + b"8BIM" + blend
    return told + struct.pack(">BBBxI", 255, 0, flags, len(extra)) + extra


def _named(name: str) -> bytes:
    """The name in the old form, which knows only ASCII, and in Unicode."""
    plain = name.encode("ascii", "replace")[:255]
    short = bytes((len(plain),)) + plain
    units = name.encode("utf-16-be")
    return short + bytes(-len(short) % 4) + _block(b"luni", struct.pack(">I", len(units) // 2) + units)


def _block(key: bytes, data: bytes) -> bytes:
    data += bytes(-len(data) % 4)
    return b"8BIM" + key + struct.pack(">I", len(data)) + data


def _merged(rgba: Bytes) -> bytes:
    """What is seen of all layers, as Photoshop keeps it: over white, with its transparency as a fourth channel."""
    alpha = rgba[..., 3:].astype(np.uint16)
    colours = ((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    packed = [packed_rows(channel) for channel in (*np.moveaxis(colours, -1, 0), rgba[..., 3])]
    lengths = [length for found, _ in packed for length in found]
    return struct.pack(f">H{len(lengths)}H", PACKED, *lengths) + b"".join(rows for _, rows in packed)
