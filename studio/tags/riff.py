"""RIFF files. WebP: ``EXIF`` and ``XMP `` chunks (WebP container specification). WAV: a ``LIST INFO`` and XMP's
``_PMX`` chunk.
"""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from studio.tags.exif import exif
from studio.tags.notes import AIGC, Notes, Unsuitable
from studio.tags.xmp import record_of

Chunk = tuple[bytes, bytes]
HAS_XMP, HAS_EXIF, HAS_ALPHA = 0x04, 0x08, 0x10
EXIF_HEAD = 6
SIZE_BITS = 0x3FFF
LONGEST = 0xFFFFFFFF
HEAD, NAMED = 12, 8
BLOCK = 1 << 20


def write_webp(file: Path, target: Path, notes: Notes) -> None:
    """A simple file becomes an extended one; notes of an earlier writing are replaced."""
    chunks = [chunk for chunk in _chunks(file.read_bytes(), b"WEBP") if chunk[0] not in (b"XMP ", b"EXIF")]
    if not chunks:
        raise Unsuitable
    head = chunks.pop(0)[1] if chunks[0][0] == b"VP8X" else _extended(*chunks[0])
    head = bytes((head[0] | HAS_XMP | HAS_EXIF,)) + head[1:]
    ours = [(b"EXIF", exif(notes)[EXIF_HEAD:]), (b"XMP ", notes.packet)]
    _write(target, [(b"VP8X", head), *chunks, *ours])


def read_webp(file: Path) -> str:
    """The record, or nothing."""
    return next((record_of(body) for kind, body in _chunks(file.read_bytes(), b"WEBP") if kind == b"XMP "), "")


def write_wav(file: Path, target: Path, notes: Notes) -> None:
    """Notes go behind the sound; those of an earlier writing are replaced. A sound of any length takes the same memory."""
    texts = ((b"ISFT", notes.software), (b"ICMT", notes.record), (AIGC.encode(), notes.aigc))
    info = b"INFO" + b"".join(_packed(kind, text.encode("utf-8", "replace") + b"\x00") for kind, text in texts)
    ours = _packed(b"LIST", info) + _packed(b"_PMX", notes.packet)
    with file.open("rb") as source, target.open("wb") as out:
        kept = [(kind, at, size) for kind, at, size in _places(source) if not _is_ours(source, kind, at)]
        whole = 4 + sum(NAMED + size + size % 2 for _, _, size in kept) + len(ours)
        if not any(kind == b"data" for kind, _, _ in kept) or whole > LONGEST:
            raise Unsuitable
        out.write(_head(b"WAVE", whole))
        for kind, at, size in kept:
            out.write(kind + struct.pack("<I", size))
            _copy(source, out, at, size)
            out.write(b"\x00" * (size % 2))
        out.write(ours)


def read_wav(file: Path) -> str:
    """The record, or nothing."""
    with file.open("rb") as source:
        for kind, at, size in _places(source):
            if kind == b"_PMX":
                source.seek(at)
                return record_of(source.read(size))
    return ""


def _places(source: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """The chunks of a WAV file: name, place of the body, and its bytes, of which a cut file may have fewer than it says."""
    end = source.seek(0, 2)
    source.seek(0)
    _check(source.read(HEAD), b"WAVE")
    at = HEAD
    while at + NAMED <= end:
        source.seek(at)
        kind, size = struct.unpack("<4sI", source.read(NAMED))
        at += NAMED
        yield kind, at, min(size, end - at)
        at += size + size % 2


def _is_ours(source: BinaryIO, kind: bytes, at: int) -> bool:
    source.seek(at)
    return kind == b"_PMX" or (kind == b"LIST" and source.read(4) == b"INFO")


def _copy(source: BinaryIO, out: BinaryIO, at: int, size: int) -> None:
    source.seek(at)
    while size and (block := source.read(min(size, BLOCK))):
        out.write(block)
        size -= len(block)


def _extended(kind: bytes, body: bytes) -> bytes:
    """The body of a ``VP8X`` chunk for a simple picture: flags, and its size less one."""
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height, alpha = *struct.unpack_from("<HH", body, 6), 0
    elif kind == b"VP8L" and body[:1] == b"\x2f":
        (bits,) = struct.unpack_from("<I", body, 1)
        width, height, alpha = (bits & SIZE_BITS) + 1, (bits >> 14 & SIZE_BITS) + 1, HAS_ALPHA * (bits >> 28 & 1)
    else:
        raise Unsuitable
    size = ((value & SIZE_BITS if kind == b"VP8 " else value) - 1 for value in (width, height))
    return bytes((alpha, 0, 0, 0)) + b"".join(value.to_bytes(3, "little") for value in size)


def _chunks(data: bytes, form: bytes) -> Iterator[Chunk]:
    _check(data[:HEAD], form)
    at = HEAD
    while at + NAMED <= len(data):
        (size,) = struct.unpack_from("<I", data, at + 4)
        yield data[at : at + 4], data[at + NAMED : at + NAMED + size]
        at += NAMED + size + size % 2


def _check(head: bytes, form: bytes) -> None:
    if head[:4] != b"RIFF" or head[8:HEAD] != form:
        raise Unsuitable


def _head(form: bytes, size: int) -> bytes:
    return b"RIFF" + struct.pack("<I", size) + form


def _packed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2)


def _write(target: Path, chunks: Iterable[Chunk]) -> None:
    packed = [_packed(kind, body) for kind, body in chunks]
    size = 4 + sum(map(len, packed))
    if size > LONGEST:
        raise Unsuitable
    with target.open("wb") as out:
        out.write(_head(b"WEBP", size))
        out.writelines(packed)
