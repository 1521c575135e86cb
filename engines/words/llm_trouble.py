"""What can go wrong with a language model's server, each told apart, in words.

Servers word their refusals as they like: the status decides where it can, else what the answer says.
"""

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import openai

from studio.errors import BadInput, Failed, LimitReached, NotAllowed, NotFound, StudioError, Unavailable

SHOWN = 160
PASSING = frozenset({"llm.cut", "llm.empty"})
CONTEXT = re.compile(
    r"context.{0,3}(length|window|size)|maximum context|too many tokens|prompt is too long|exceeds? the (available|max)"
    r"|input.{0,20}too long"
)
FILTERED = re.compile(r"content.?(filter|policy|management)|safety system|data_inspection_failed|moderation")
PICTURES = re.compile(r"image|vision|multimodal|multi-modal|modalit")
NO_MODEL = re.compile(
    r"model.{0,200}(not|n't).{0,12}(exist|found|loaded|available)|(unknown|invalid|no such|not a valid) model|model_not_found",
    re.DOTALL,
)
NO_CREDIT = re.compile(r"insufficient.{0,3}(quota|balance|credit|fund)|exceeded your current quota|billing|arrears")
BAD_KEY = re.compile(
    r"(incorrect|invalid|wrong|missing|not valid).{0,30}api.?key|api.?key.{0,30}(incorrect|invalid|not valid|missing)"
)


@dataclass(frozen=True)
class Trouble:
    """An error for the user. ``again``: another try may help, after ``wait_s`` seconds where the server says so.

    ``words`` is what the server said, in lower case; ``rejected``: it didn't understand what was asked of it.
    """

    error: StudioError
    again: bool = False
    wait_s: float | None = None
    words: str = ""
    rejected: bool = False


@dataclass(frozen=True)
class Asked:
    """What was asked: of which model, after how many seconds of silence it is given up, and whether with pictures.

    ``secret`` must stand in nothing that is told.
    """

    model: str
    timeout_s: float
    pictures: bool
    secret: str


def trouble(problem: BaseException, asked: Asked) -> Trouble:
    """What an exception of the client means."""
    known = next((cause for cause in causes(problem) if isinstance(cause, StudioError)), None)
    if known is not None:
        return Trouble(known, again=known.key in PASSING)
    if isinstance(problem, openai.APIStatusError):
        return _of_status(problem, asked)
    if isinstance(problem, openai.APITimeoutError | httpx2.TimeoutException):
        return Trouble(timeout(asked.timeout_s))
    if isinstance(problem, openai.APIConnectionError | httpx2.TransportError | OSError):
        return _of_connection(problem)
    if isinstance(problem, openai.APIError):
        return _of_words(_said(problem.body or problem.message), 500, asked)
    return Trouble(garbled(type(problem).__name__), again=True)


def causes(problem: BaseException | None) -> Iterator[BaseException]:
    """The exception, and those behind it."""
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        seen.add(id(problem))
        yield problem
        problem = problem.__cause__ or problem.__context__


def timeout(seconds: float) -> Failed:
    return Failed("llm.timeout", seconds=f"{seconds:g}")


def garbled(reason: str) -> Failed:
    return Failed("llm.garbled", reason=reason)


def cut() -> Failed:
    return Failed("llm.cut")


def refused() -> BadInput:
    return BadInput("llm.refused")


def _of_connection(problem: BaseException) -> Trouble:
    behind = list(causes(problem))
    if any(isinstance(cause, ssl.SSLError) or "CERTIFICATE" in str(cause) for cause in behind):
        return Trouble(Unavailable("llm.tls"))
    begun = (httpx2.ReadError, httpx2.RemoteProtocolError, httpx2.WriteError)
    if any(isinstance(cause, begun) for cause in behind):
        return Trouble(cut(), again=True)
    return Trouble(Unavailable("llm.off"), again=True)


def _of_status(problem: openai.APIStatusError, asked: Asked) -> Trouble:
    status, words = problem.status_code, _said(problem.body or _text(problem.response))
    if status in (401, 407):
        return Trouble(NotAllowed("llm.key"))
    if status == 402 or (status in (403, 429) and NO_CREDIT.search(words)):
        return Trouble(NotAllowed("llm.credit"))
    if status == 403:
        return Trouble(NotAllowed("llm.forbidden", model=asked.model))
    if status == 429:
        wait_s = _seconds(problem.response.headers)
        return Trouble(LimitReached("llm.busy"), again=True, wait_s=wait_s)
    if 300 <= status < 400:
        return Trouble(Unavailable("llm.moved"))
    if status in (404, 405):
        named = not _html(problem.response) and re.search(r"\bmodel", words)
        usual = NotFound("llm.model", model=asked.model) if named else Unavailable("llm.address")
        return _of_words(words, status, asked, usual)
    if status >= 500 or status in (408, 409, 425):
        return _of_words(words, status, asked)
    return _of_words(words, status, asked, BadInput("llm.rejected", status=status, said=_shown(words, asked.secret)))


def _of_words(words: str, status: int, asked: Asked, usual: StudioError | None = None) -> Trouble:
    """What the server's words mean; ``usual`` where they say nothing known, or that the server itself has broken."""
    if status == 413 or CONTEXT.search(words):
        return Trouble(LimitReached("llm.context", model=asked.model), words=words)
    if FILTERED.search(words):
        return Trouble(refused(), words=words)
    if BAD_KEY.search(words):
        return Trouble(NotAllowed("llm.key"), words=words)
    if asked.pictures and PICTURES.search(words):
        return Trouble(Unavailable("llm.blind", model=asked.model), words=words)
    if usual is not None and NO_MODEL.search(words):
        return Trouble(NotFound("llm.model", model=asked.model), words=words)
    if usual is None:
        return Trouble(Unavailable("llm.server", status=status), again=True, words=words)
    return Trouble(usual, words=words, rejected=usual.key == "llm.rejected")


def _said(body: Any) -> str:
    """Every text in the body of an error, which may have any shape, in lower case."""
    if isinstance(body, Mapping):
        return " ".join(_said(part) for part in body.values())
    if isinstance(body, list | tuple):
        return " ".join(_said(part) for part in body)
    return body.lower() if isinstance(body, str) else ""


def _text(response: httpx2.Response) -> str:
    try:
        return response.text
    except httpx2.StreamError:
        return ""


def _html(response: httpx2.Response) -> bool:
    return "html" in response.headers.get("content-type", "")


def _shown(words: str, secret: str) -> str:
    """The server's words, short, on one line, and without the key."""
    plain = " ".join(re.sub(r"<[^>]*>", " ", words).replace(secret.lower(), "…").split())
    return json.dumps(plain, ensure_ascii=False)[1:-1][:SHOWN]


def _seconds(headers: Mapping[str, str]) -> float | None:
    found = headers.get("retry-after", "")
    return float(found) if re.fullmatch(r"\d+(\.\d+)?", found) else None
