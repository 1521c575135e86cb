"""RIFF files. WebP: ``EXIF`` and ``XMP `` chunks (WebP container specification). WAV: a ``LIST INFO`` and XMP's
``_PMX`` chunk.
"""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from studio.tags.exif import exif
from studio.tags.notes import AIGC, Notes, Unsuitable
from studio.tags.xmp import record_of

Chunk = tuple[bytes, bytes]
HAS_XMP, HAS_EXIF, HAS_ALPHA = 0x04, 0x08, 0x10
EXIF_HEAD = 6
SIZE_BITS = 0x3FFF
LONGEST = 0xFFFFFFFF


def write_webp(file: Path, target: Path, notes: Notes) -> None:
    """A simple file becomes an extended one; notes of an earlier writing are replaced."""
    chunks = [chunk for chunk in _chunks(file.read_bytes(), b"WEBP") if chunk[0] not in (b"XMP ", b"EXIF")]
    if not chunks:
        raise Unsuitable
    head = chunks.pop(0)[1] if chunks[0][0] == b"VP8X" else _extended(*chunks[0])
    head = bytes((head[0] | HAS_XMP | HAS_EXIF,)) + head[1:]
    ours = [(b"EXIF", exif(notes)[EXIF_HEAD:]), (b"XMP ", notes.packet)]
    _write(target, b"WEBP", [(b"VP8X", head), *chunks, *ours])


def read_webp(file: Path) -> str:
    """The record, or nothing."""
    return next((record_of(body) for kind, body in _chunks(file.read_bytes(), b"WEBP") if kind == b"XMP "), "")


def write_wav(file: Path, target: Path, notes: Notes) -> None:
    """Notes go behind the sound; those of an earlier writing are replaced."""
    chunks = [chunk for chunk in _chunks(file.read_bytes(), b"WAVE") if chunk[0] != b"_PMX" and not _is_info(chunk)]
    if not any(kind == b"data" for kind, _ in chunks):
        raise Unsuitable
    texts = ((b"ISFT", notes.software), (b"ICMT", notes.record), (AIGC.encode(), notes.aigc))
    info = b"INFO" + b"".join(_packed(kind, text.encode("utf-8", "replace") + b"\x00") for kind, text in texts)
    _write(target, b"WAVE", [*chunks, (b"LIST", info), (b"_PMX", notes.packet)])


def read_wav(file: Path) -> str:
    """The record, or nothing."""
    return next((record_of(body) for kind, body in _chunks(file.read_bytes(), b"WAVE") if kind == b"_PMX"), "")


def _is_info(chunk: Chunk) -> bool:
    return chunk[0] == b"LIST" and chunk[1].startswith(b"INFO")


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
    if data[:4] != b"RIFF" or data[8:12] != form:
        raise Unsuitable
    at = 12
    while at + 8 <= len(data):
        (size,) = struct.unpack_from("<I", data, at + 4)
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _packed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2)


def _write(target: Path, form: bytes, chunks: Iterable[Chunk]) -> None:
    packed = [_packed(kind, body) for kind, body in chunks]
    size = 4 + sum(map(len, packed))
    if size > LONGEST:
        raise Unsuitable
    with target.open("wb") as out:
        out.write(b"RIFF" + struct.pack("<I", size) + form)
        out.writelines(packed)
