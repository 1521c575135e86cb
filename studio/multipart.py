"""Form posts with files, streamed to disk: the size limit holds while the bytes arrive, not after."""

import asyncio
import errno
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote_plus

from python_multipart import MultipartParser, QuerystringParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from studio.errors import BadInput, DiskFull, LimitReached, StudioError
from studio.settings import MB

FIELD_BYTES = 64 * 1024
PARTS = 300
HEADER_BYTES = 8192
LINGER_BYTES = 16 * MB
LINGER_S = 3.0


@dataclass(frozen=True)
class Upload:
    """A file as it came: the name it had (never used as a path), and where its bytes are."""

    name: str
    path: Path


@dataclass
class Form:
    """Field names and what they held, text or file, in the order in which they came."""

    parts: list[tuple[str, str | Upload]] = field(default_factory=list)

    @property
    def files(self) -> list[Upload]:
        return [content for _, content in self.parts if isinstance(content, Upload)]


@asynccontextmanager
async def receive_form(request: Request, folder: Path, limit_bytes: int) -> AsyncIterator[Form]:
    """The posted form. Its files are in a folder below ``folder`` that is removed at the end.

    Raises LimitReached as soon as more than ``limit_bytes`` have come (at once when the header says so), BadInput
    for a body that is no form, DiskFull.
    """
    if _announced(request) > limit_bytes:
        await _linger(request.stream())
        raise LimitReached("rest.upload", limit=limit_bytes // MB)
    folder.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="upload-", dir=folder))
    try:
        yield await _read(request, _Parts(place), limit_bytes)
    finally:
        await run_in_threadpool(shutil.rmtree, place, ignore_errors=True)


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


async def _linger(stream: AsyncIterator[bytes]) -> None:
    """Throw away a little more of what comes, so that a client that is still sending gets to read why it was refused."""
    left = LINGER_BYTES
    with suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(LINGER_S):
            async for block in stream:
                left -= len(block)
                if left <= 0:
                    return


async def _read(request: Request, parts: "_Parts", limit_bytes: int) -> Form:
    kind, params = parse_options_header(request.headers.get("content-type", ""))
    seen = 0
    try:
        parser: MultipartParser | QuerystringParser
        if kind == b"multipart/form-data" and params.get(b"boundary"):
            parser = MultipartParser(params[b"boundary"], parts.callbacks(), max_size=float("inf"))
        elif kind == b"application/x-www-form-urlencoded":
            parser = QuerystringParser(parts.url_callbacks(), max_size=FIELD_BYTES * 4)
        else:
            raise BadInput("rest.content_type")
        stream = request.stream()
        async for block in stream:
            seen += len(block)
            if seen > limit_bytes:
                await _linger(stream)
                raise LimitReached("rest.upload", limit=limit_bytes // MB)
            await run_in_threadpool(parser.write, block)
        await run_in_threadpool(parser.finalize)
        if not parts.whole:
            raise BadInput("rest.form")
        return parts.form
    except (FormParserError, ClientDisconnect, UnicodeDecodeError) as problem:
        raise BadInput("rest.form") from problem
    except OSError as problem:
        raise _disk(problem) from problem
    finally:
        parts.close()


def _disk(problem: OSError) -> StudioError | OSError:
    return DiskFull("rest.disk") if problem.errno in (errno.ENOSPC, errno.EDQUOT) else problem


class _Parts:
    """Takes the parser's events: text fields into memory, files into numbered files."""

    def __init__(self, folder: Path) -> None:
        self.form = Form()
        self.whole = True
        self._folder = folder
        self._count = 0
        self._header = bytearray()
        self._value = bytearray()
        self._headers: dict[str, str] = {}
        self._name = ""
        self._data = bytearray()
        self._file: BinaryIO | None = None

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def url_callbacks(self) -> Any:
        def begin() -> None:
            self._begin()
            self.whole = True

        def end() -> None:
            self.form.parts.append((unquote_plus(self._header.decode()), unquote_plus(self._data.decode())))

        return {
            "on_field_start": begin,
            "on_field_name": self._header_field,
            "on_field_data": self._part_data,
            "on_field_end": end,
        }

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        self.whole = False
        self._count += 1
        if self._count > PARTS:
            raise BadInput("rest.parts", limit=PARTS)
        self._header, self._value, self._data = bytearray(), bytearray(), bytearray()
        self._headers, self._name = {}, ""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        if len(self._header) > HEADER_BYTES:
            raise BadInput("rest.form")

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        if len(self._value) > HEADER_BYTES:
            raise BadInput("rest.form")

    def _header_end(self) -> None:
        self._headers[self._header.decode("latin-1").lower()] = self._value.decode("utf-8", "replace")
        self._header, self._value = bytearray(), bytearray()

    def _headers_finished(self) -> None:
        _, params = parse_options_header(self._headers.get("content-disposition", "").encode())
        if b"name" not in params:
            raise BadInput("rest.form")
        self._name = params[b"name"].decode("utf-8", "replace")
        if b"filename" in params:
            name = params[b"filename"].decode("utf-8", "replace").replace("\\", "/").rsplit("/", 1)[-1]
            path = self._folder / f"{self._count:03}"
            self._file = path.open("wb")
            self.form.parts.append((self._name, Upload(name, path)))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
            return
        self._data += data[start:end]
        if len(self._data) > FIELD_BYTES:
            raise LimitReached("rest.field_size", field=self._name, limit=FIELD_BYTES // 1024)

    def _part_end(self) -> None:
        if self._file is not None:
            self.close()
        else:
            self.form.parts.append((self._name, self._data.decode("utf-8")))

    def _end(self) -> None:
        self.whole = True
