"""Reading an answer as it comes: events in the usual case, one JSON text from servers that don't stream."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openai

from engines.words.llm_reach import too_large
from engines.words.llm_trouble import cut, garbled, refused
from studio.errors import Failed, LimitReached, Unavailable


@dataclass(frozen=True)
class Answer:
    """What a model said, which model it was, and the tokens that it has counted, 0 where the server doesn't tell."""

    text: str
    model: str
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass
class Parts:
    """An answer as it grows: what is ``said``; ``length`` counts what the model thinks aloud, too. Raises LimitReached beyond ``most`` characters."""

    most: int
    length: int = 0
    said: str = ""

    def grow(self, said: str, thought: str = "") -> None:
        self.length += len(said) + len(thought)
        self.said += said
        if self.length > self.most:
            raise too_large()


@dataclass
class _Said:
    """The choice that is read, its end, and what the server says of itself."""

    parts: Parts
    text: str = ""
    finish: str = ""
    refusal: bool = False
    choices: int = 0
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0

    def about(self, reply: Any) -> None:
        """Take model and usage from an event, or from a whole answer."""
        self.model = str(getattr(reply, "model", "") or self.model)
        usage = getattr(reply, "usage", None)
        self.tokens_in = getattr(usage, "prompt_tokens", None) or self.tokens_in
        self.tokens_out = getattr(usage, "completion_tokens", None) or self.tokens_out

    def take(self, choice: Any, message: Any) -> None:
        """Take what one event adds, or what a whole answer says."""
        self.choices += 1
        content = getattr(message, "content", None) or ""
        thought = (getattr(message, "model_extra", None) or {}).get("reasoning_content") or ""
        if not isinstance(content, str):
            raise garbled(type(content).__name__)
        self.parts.grow(content, str(thought))
        self.text += content
        self.refusal |= bool(getattr(message, "refusal", None))
        self.finish = str(getattr(choice, "finish_reason", None) or self.finish)

    def answer(self, *, streamed: bool) -> Answer:
        """The whole answer. Raises what an unfinished, filtered or empty one means."""
        if self.refusal or self.finish == "content_filter":
            raise refused()
        if self.choices and streamed and not self.finish:
            raise cut()
        if self.finish == "length":
            raise LimitReached("llm.length")
        if not self.text.strip():
            raise Failed("llm.empty")
        return Answer(self.text, self.model, self.tokens_in, self.tokens_out)


def read_answer(stream: openai.Stream[Any], parts: Parts) -> Answer:
    """The answer that a stream holds. Raises StudioError, or what the client raises where the connection breaks."""
    said = _Said(parts)
    kind = stream.response.headers.get("content-type", "").lower()
    if "html" in kind:
        stream.close()
        raise Unavailable("llm.html")
    if "json" in kind and "ndjson" not in kind:
        return _whole(stream, said)
    events = 0
    for event in stream:
        events += 1
        _take_event(event, said)
    if not events:
        raise cut() if "event-stream" in kind else Unavailable("llm.address")
    return said.answer(streamed=True)


def _take_event(event: Any, said: _Said) -> None:
    if isinstance(event, str):
        raise garbled("str")
    said.about(event)
    for choice in (getattr(event, "choices", None) or [])[:1]:
        if (delta := getattr(choice, "delta", None)) is not None or getattr(choice, "finish_reason", None):
            said.take(choice, delta)


def _whole(stream: openai.Stream[Any], said: _Said) -> Answer:
    """The answer of a server that sends it in one piece."""
    try:
        body = json.loads(b"".join(_bounded(stream.response.iter_bytes(), said.parts.most)))
    except (ValueError, RecursionError) as problem:
        raise garbled(type(problem).__name__) from None
    finally:
        stream.close()
    if not isinstance(body, dict):
        raise garbled(type(body).__name__)
    if body.get("error"):
        raise openai.APIError(str(body["error"]), stream.response.request, body=body["error"])
    reply = openai.types.chat.ChatCompletion.construct(**body)
    said.about(reply)
    for choice in (reply.choices or [])[:1]:
        said.take(choice, getattr(choice, "message", None))
    return said.answer(streamed=False)


def _bounded(blocks: Iterator[bytes], most: int) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        size += len(block)
        if size > most:
            raise too_large()
        yield block
