"""Talking with a language model through the ``openai`` client, with any server that speaks its protocol.

A thread talks to the server; the caller looks at its cancel flag ten times a second whatever the server does. Answers are
streamed, so that a silent server can be told from a slow one.
"""

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import openai

from engines.words.llm_reach import LONGEST, http_client
from engines.words.llm_stream import Answer, Parts, read_answer
from engines.words.llm_trouble import Asked, Trouble, timeout, trouble
from studio.errors import BadInput, Unavailable
from studio.services import Service

LOOK_S = 0.1
LIST_S = 10.0
PATIENT = 5.0
"""An answer may take so many times as long as the server may be silent."""
SHOWN_MODELS = 12

Tick = Callable[[int, str], None]
"""Called several times a second with the number of characters that have come, thoughts included, and what is said so far; may
raise, which ends the talk.
"""
Message = Mapping[str, Any]


@dataclass(frozen=True)
class Policy:
    """How often to ask, how long to wait before the second time (the double before the third), and how long at most."""

    tries: int = 3
    pause_s: float = 1.0
    most_s: float = 30.0


class Rejected(Exception):
    """The server doesn't understand the request; ``words`` is what it said."""

    def __init__(self, found: Trouble) -> None:
        super().__init__(found.error.key)
        self.error, self.words = found.error, found.words


@dataclass
class Client:
    """Asks one server. Not for several threads at a time."""

    service: Service
    policy: Policy = field(default_factory=Policy)
    held: bool = field(default=False, init=False)
    _model: str = field(default="", init=False)

    @property
    def url(self) -> str:
        return self.service.url

    def model(self, tick: Tick = lambda count, said: None) -> str:
        """The model that is asked: the one that was set, else the only one that the server has. Raises BadInput."""
        if not self._model:
            self._model = self.service.model or _only(models(self.service, self.policy, tick))
        return self._model

    def chat(self, messages: Sequence[Message], tick: Tick, **more: Any) -> Answer:
        """One answer. Raises what the server's silence or refusal means, Rejected where it doesn't understand, and whatever
        ``tick`` raises.
        """
        asked = self._asked(messages, tick)

        def talk(client: openai.OpenAI, parts: Parts) -> Answer:
            create: Any = client.chat.completions.create
            stream = create(model=asked.model, messages=messages, stream=True, **more)
            return read_answer(stream, parts)

        return _patiently(self.service, self.policy, asked, talk, tick)

    def _asked(self, messages: Sequence[Message], tick: Tick) -> Asked:
        pictures = any(not isinstance(message.get("content"), str) for message in messages)
        return _asked(self.service, self.model(tick), pictures)


def models(service: Service, policy: Policy | None = None, tick: Tick = lambda count, said: None) -> list[str]:
    """Names of the models that a server offers, in its order, which it must tell soon. Errors as of ``Client.chat``."""
    service = replace(service, timeout_s=min(service.timeout_s, LIST_S))

    def talk(client: openai.OpenAI, parts: Parts) -> list[str]:
        reply = client.models.with_raw_response.list().http_response
        if "html" in reply.headers.get("content-type", ""):
            raise Unavailable("llm.html")
        body = reply.json()
        listed = body.get("data") if isinstance(body, dict) else None
        if not isinstance(listed, list):
            raise Unavailable("llm.address")
        return [str(item["id"]) for item in listed if isinstance(item, dict) and item.get("id")]

    return _patiently(service, policy or Policy(tries=1), _asked(service, service.model, False), talk, tick)


def _only(known: Sequence[str]) -> str:
    if len(known) != 1:
        raise BadInput("llm.choose", known=", ".join(known[:SHOWN_MODELS]) or "–")
    return known[0]


def _asked(service: Service, model: str, pictures: bool) -> Asked:
    return Asked(model, service.timeout_s, pictures, service.key.get_secret_value())


def _patiently(service: Service, policy: Policy, asked: Asked, talk: Callable[..., Any], tick: Tick) -> Any:
    """The outcome of ``talk``, tried again where that may help."""
    for attempt in range(1, policy.tries + 1):
        outcome = _Talk(service, talk).outcome(tick)
        if not isinstance(outcome, BaseException):
            return outcome
        found = trouble(outcome, asked)
        if found.rejected:
            raise Rejected(found) from None
        pause_s = policy.pause_s * 2 ** (attempt - 1) if found.wait_s is None else found.wait_s
        if not found.again or attempt == policy.tries or pause_s > policy.most_s:
            raise found.error from None
        _wait(pause_s, tick)
    raise AssertionError("a policy has at least one try")


def _wait(seconds: float, tick: Tick) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        tick(0, "")
        time.sleep(min(left, LOOK_S))


class _Talk:
    """One request on a thread of its own, which ends when nobody waits for it any more."""

    def __init__(self, service: Service, talk: Callable[..., Any]) -> None:
        self._service, self._talk = service, talk
        self._ends: queue.Queue[Any] = queue.Queue()
        self._http, self._reach = http_client(service)
        self._parts = Parts(LONGEST)

    def outcome(self, tick: Tick) -> Any:
        """What came of it, an exception of the client included. Raises what ``tick`` raises."""
        threading.Thread(target=self._work, name="language model", daemon=True).start()
        until = time.monotonic() + PATIENT * self._service.timeout_s
        try:
            while True:
                tick(self._parts.length, self._parts.said)
                try:
                    return self._ends.get(timeout=LOOK_S)
                except queue.Empty:
                    if time.monotonic() > until:
                        return timeout(PATIENT * self._service.timeout_s)
        finally:
            self._reach.hang_up()

    def _work(self) -> None:
        try:
            with (
                self._http,
                openai.OpenAI(
                    base_url=self._service.url,
                    api_key=self._service.key.get_secret_value(),
                    max_retries=0,
                    timeout=self._http.timeout,
                    http_client=self._http,
                ) as client,
            ):
                client.organization = client.project = None  # the environment's, which are meant for another server
                outcome = self._talk(client, self._parts)
        except Exception as problem:  # told by the thread that waits, who knows what it means
            outcome = problem
        self._ends.put(outcome)
