"""A file that lies elsewhere, given to browsers in the parts that they ask for."""

import re
from collections.abc import Callable, Iterator, Mapping

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

BLOCK = 1 << 20
RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def ranged(
    request: Request, size: int, read: Callable[[int, int], bytes], mime: str, headers: Mapping[str, str]
) -> Response:
    """An answer with the part that the request's ``Range`` names, or with all. ``read`` gives the bytes from a place to before another, of
    ``size`` in all; it is called on a thread, for a megabyte at a time.
    """
    asked = RANGE.match(request.headers.get("range", ""))
    start, end = _part(asked[1], asked[2], size) if asked else (0, size)
    if start >= end:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    about = {**headers, "Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    if asked:
        about["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(_blocks(read, start, end), 206 if asked else 200, about, mime)


def _part(first: str, last: str, size: int) -> tuple[int, int]:
    """From where to before where; an empty part for what can't be."""
    if not first:
        return max(size - int(last or 0), 0), size
    return int(first), min(int(last) + 1, size) if last else size


def _blocks(read: Callable[[int, int], bytes], start: int, end: int) -> Iterator[bytes]:
    while start < end:
        block = read(start, min(start + BLOCK, end))
        if not block:
            return
        yield block
        start += len(block)
