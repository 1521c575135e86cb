"""A real HTTP server on this machine that misbehaves as the tests ask."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Handler"], None]


@dataclass
class FileServer:
    """Answers by path; an answer given as a list is used up one request at a time, the last one stays."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def on(self, path: str, *answers: Answer) -> str:
        self.answers[path] = list(answers)
        return self.url(path)

    def next(self, path: str, headers: dict[str, str]) -> Answer:
        with self.lock:
            self.asked.append((path, headers))
            waiting = self.answers.get(path, [status(404)])
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def headers(self, path: str) -> list[dict[str, str]]:
        return [headers for asked, headers in self.asked if asked == path]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files: FileServer

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.files.next(self.path, headers)(self)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving() -> Iterator[FileServer]:
    files = FileServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"files": files}))
    server.daemon_threads = True
    files.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        server.server_close()


def _start(handler: Handler, code: int, headers: dict[str, str]) -> None:
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()


def whole(data: bytes, *, etag: str | None = None, ranges: bool = True, extra: dict[str, str] | None = None) -> Answer:
    """An honest server: ranges with If-Range, or none at all."""

    def answer(handler: Handler) -> None:
        headers = {**({"ETag": etag} if etag else {}), **(extra or {})}
        wanted = handler.headers.get("Range") if ranges else None
        condition = handler.headers.get("If-Range")
        if wanted and condition in (None, etag):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(data):
                _start(handler, 416, {"Content-Range": f"bytes */{len(data)}", "Content-Length": "0"})
                return
            span = f"bytes {start}-{len(data) - 1}/{len(data)}"
            _start(handler, 206, {**headers, "Content-Range": span, "Content-Length": str(len(data) - start)})
            handler.wfile.write(data[start:])
            return
        _start(handler, 200, {**headers, "Content-Length": str(len(data))})
        handler.wfile.write(data)

    return answer


def cut(data: bytes, after: int, *, etag: str | None = None) -> Answer:
    """Announces the rest of the file, sends ``after`` bytes of it, and breaks the connection."""

    def answer(handler: Handler) -> None:
        start = int(handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        headers = {"Content-Length": str(len(data) - start), **({"ETag": etag} if etag else {})}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        _start(handler, 206 if start else 200, headers)
        handler.wfile.write(data[start : start + after])
        handler.wfile.flush()
        handler.close_connection = True

    return answer


def announced(data: bytes, length: int, kind: str = "application/octet-stream") -> Answer:
    """Says ``length`` and sends ``data`` whatever its length is."""

    def answer(handler: Handler) -> None:
        _start(handler, 200, {"Content-Length": str(length), "Content-Type": kind})
        handler.wfile.write(data)
        handler.wfile.flush()
        handler.close_connection = True

    return answer


def until_close(data: bytes) -> Answer:
    """Sends no length at all."""

    def answer(handler: Handler) -> None:
        _start(handler, 200, {"Connection": "close"})
        handler.wfile.write(data)
        handler.close_connection = True

    return answer


def status(code: int, extra: dict[str, str] | None = None) -> Answer:
    def answer(handler: Handler) -> None:
        _start(handler, code, {"Content-Length": "0", **(extra or {})})

    return answer


def redirect(target: str, extra: dict[str, str] | None = None) -> Answer:
    return status(302, {"Location": target, **(extra or {})})


def slow(data: bytes, step: int, stop: threading.Event, pause_s: float = 0.05) -> Answer:
    """Sends ``step`` bytes at a time with pauses, until ``stop``."""

    def answer(handler: Handler) -> None:
        _start(handler, 200, {"Content-Length": str(len(data)), "ETag": '"slow"'})
        for begin in range(0, len(data), step):
            handler.wfile.write(data[begin : begin + step])
            handler.wfile.flush()
            if stop.wait(pause_s):
                return

    return answer


def silent(stop: threading.Event) -> Answer:
    """Takes the request and says nothing."""

    def answer(handler: Handler) -> None:
        stop.wait(20)
        handler.close_connection = True

    return answer
