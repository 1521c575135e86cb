"""PNG: text chunks behind the header (PNG specification, third edition, 11.3.3)."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from studio.tags.notes import AIGC, RECORD, XMP_KEYWORD, Notes, Unsuitable

MAGIC = b"\x89PNG\r\n\x1a\n"
PARAMETERS = "parameters"
OURS = frozenset({PARAMETERS, RECORD, AIGC, XMP_KEYWORD})
TEXTS = frozenset({b"tEXt", b"iTXt", b"zTXt"})
LONGEST_TEXT = 1 << 20
Chunk = tuple[bytes, bytes]


def write(file: Path, target: Path, notes: Notes) -> None:
    """Notes of an earlier writing are replaced."""
    chunks = list(_chunks(file.read_bytes()))
    if not chunks or chunks[0][0] != b"IHDR":
        raise Unsuitable
    texts = {PARAMETERS: notes.parameters, RECORD: notes.record, AIGC: notes.aigc, XMP_KEYWORD: notes.xmp}
    ours = [(b"iTXt", _packed(keyword, text)) for keyword, text in texts.items()]
    others = [chunk for chunk in chunks[1:] if not (chunk[0] in TEXTS and _keyword(chunk[1]) in OURS)]
    with target.open("wb") as out:
        out.write(MAGIC)
        for kind, data in (chunks[0], *ours, *others):
            out.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def read(file: Path) -> str:
    """The record, or nothing."""
    for kind, data in _chunks(file.read_bytes()):
        if kind == b"iTXt" and _keyword(data) == RECORD:
            return data.split(b"\x00", 5)[-1].decode(errors="replace")
        if kind == b"IDAT":
            break
    return ""


def texts(file: Path) -> dict[str, str]:
    """All texts by their keywords, the first of each; what is damaged or unpacks to more than a megabyte is left out.

    Raises Unsuitable for what is no PNG.
    """
    found: dict[str, str] = {}
    for kind, data in _chunks(file.read_bytes()):
        text = _unpacked(kind, data) if kind in TEXTS else None
        if text is not None:
            found.setdefault(_keyword(data), text)
    return found


def keywords(file: Path) -> set[str]:
    """The keywords of all texts, also of those that ``texts`` leaves out. Raises Unsuitable for what is no PNG."""
    return {_keyword(data) for kind, data in _chunks(file.read_bytes()) if kind in TEXTS}


def _unpacked(kind: bytes, data: bytes) -> str | None:
    body = data.partition(b"\x00")[2]
    if kind == b"tEXt":
        return body.decode("latin-1")
    packed, encoding = kind == b"zTXt", "latin-1"
    if packed:
        body = body[1:]
    elif body.count(b"\x00") >= 2:
        packed, encoding = body[:1] == b"\x01", "utf-8"
        body = body[2:].split(b"\x00", 2)[-1]
    if packed:
        unpacker = zlib.decompressobj()
        try:
            body = unpacker.decompress(body, LONGEST_TEXT)
        except zlib.error:
            return None
        if not unpacker.eof:
            return None
    return body.decode(encoding, "replace")


def _packed(keyword: str, text: str) -> bytes:
    """Uncompressed UTF-8 without a language."""
    return keyword.encode("latin-1") + b"\x00\x00\x00\x00\x00" + text.encode("utf-8", "replace")


def _keyword(data: bytes) -> str:
    return data.partition(b"\x00")[0].decode("latin-1")


def _chunks(data: bytes) -> Iterator[Chunk]:
    if not data.startswith(MAGIC):
        raise Unsuitable
    at = len(MAGIC)
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += 12 + size
