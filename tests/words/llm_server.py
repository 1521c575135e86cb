"""A real HTTP server that speaks OpenAI's protocol, well or badly, as the tests ask."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler"], None]
KEY = "sk-test-5f3a9c1e77"
MODEL = "tiny-1"


@dataclass
class LlmServer:
    """Answers chats in turn, the last answer again and again; ``asked`` holds the bodies, ``headers`` the heads of the requests."""

    answers: list[Answer] = field(default_factory=list)
    models: Answer | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    port: int = 0
    left: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def on(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def next(self) -> Answer:
        with self.lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def said(self, number: int = -1) -> str:
        """Everything that the messages of a request say."""
        return json.dumps(self.asked[number]["messages"], ensure_ascii=False)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    llm: LlmServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.llm.lock:
            self.llm.paths.append(self.path)
            self.llm.heads.append({name.lower(): value for name, value in self.headers.items()})
            self.llm.asked.append(body)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.llm.next()(self)

    def do_GET(self) -> None:
        with self.llm.lock:
            self.llm.paths.append(self.path)
            self.llm.heads.append({name.lower(): value for name, value in self.headers.items()})
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            (self.llm.models or listing(MODEL))(self)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def whole(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def events(self) -> None:
        """Begin a stream, which ends with the connection."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def event(self, data: Any) -> None:
        self.wfile.write(f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode())
        self.wfile.flush()


@contextlib.contextmanager
def llm_server(*answers: Answer) -> Iterator[LlmServer]:
    llm = LlmServer(list(answers))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"llm": llm}))
    server.daemon_threads = True
    llm.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield llm
    finally:
        llm.left.set()
        server.shutdown()
        server.server_close()


def piece(text: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One event of a stream."""
    delta = {**({"content": text} if text is not None else {}), **more}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}


def usage(tokens_in: int = 100, tokens_out: int = 20, model: str = MODEL) -> dict[str, Any]:
    counted = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
    return {**piece(), "model": model, "choices": [], "usage": counted}


def says(text: str | dict[str, Any], model: str = MODEL) -> Answer:
    """A good answer, streamed in pieces of seven characters, with usage."""
    words = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)

    def answer(handler: Handler) -> None:
        handler.events()
        handler.event(piece("", role="assistant"))
        for start in range(0, len(words), 7):
            handler.event(piece(words[start : start + 7]))
        handler.event(piece(finish="stop"))
        handler.event(usage(model=model))
        handler.event("[DONE]")

    return answer


def pauses(answer: dict[str, Any], after: str, go_on: threading.Event) -> Answer:
    """A good answer that stops behind some words until it may go on."""
    words = json.dumps(answer, ensure_ascii=False)
    begin, _, rest = words.partition(after)

    def send(handler: Handler) -> None:
        handler.events()
        handler.event(piece(begin + after, role="assistant"))
        go_on.wait(120)
        handler.event(piece(rest))
        handler.event(piece(finish="stop"))
        handler.event("[DONE]")

    return send


def events(*data: Any) -> Answer:
    """These events and no more."""

    def answer(handler: Handler) -> None:
        handler.events()
        for item in data:
            handler.event(item)

    return answer


def in_one(message: dict[str, Any] | None, finish: str | None = "stop") -> Answer:
    """A whole answer from a server that doesn't stream; without choices where ``message`` is None."""
    choices = None if message is None else [{"index": 0, "message": message, "finish_reason": finish}]
    body = {"id": "c", "object": "chat.completion", "created": 1, "model": MODEL, "choices": choices}
    return lambda handler: handler.whole(200, json.dumps(body).encode())


def fails(status: int, body: Any = None, kind: str = "application/json", **headers: str) -> Answer:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body is not None else b""
    return lambda handler: handler.whole(status, raw, kind, **headers)


def error(status: int, message: str, code: str | None = None, **headers: str) -> Answer:
    """An error as OpenAI words it."""
    return fails(status, {"error": {"message": message, "type": "error", "code": code}}, **headers)


def breaks(*data: Any) -> Answer:
    """Announces more than it sends, and breaks the connection."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for item in data:
            handler.event(item)
        handler.close_connection = True

    return answer


def drips(pause_s: float) -> Answer:
    """Sends a letter now and then, until the server is left."""

    def answer(handler: Handler) -> None:
        handler.events()
        while not handler.llm.left.wait(pause_s):
            handler.event(piece("a"))

    return answer


def silent() -> Answer:
    """Takes the request and says nothing."""

    def answer(handler: Handler) -> None:
        handler.llm.left.wait(60)
        handler.close_connection = True

    return answer


def endless(block: Any) -> Answer:
    """Sends the same event, or bytes without a line's end, until nobody reads any more."""

    def answer(handler: Handler) -> None:
        handler.events()
        while not handler.llm.left.is_set():
            handler.wfile.write(block) if isinstance(block, bytes) else handler.event(block)

    return answer


def listing(*names: str) -> Answer:
    body = {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
    return lambda handler: handler.whole(200, json.dumps(body).encode())
