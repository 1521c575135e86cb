"""Answers in JSON of a stated form, from models that can promise it and from those that can't.

The ladder: a JSON schema that the server keeps to; JSON of any form, with the schema in words; plain text. From what comes the
first whole object that fits is taken. Where none fits the model is shown once what is wrong.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from engines.words.llm_client import Message, Rejected, Tick
from engines.words.llm_price import Tally
from engines.words.llm_stream import Answer
from engines.words.llm_texts import instruction
from studio.errors import Failed

THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(</\1>|\Z)", re.DOTALL)
SHOWN = 120
REPEATED = 8000
"""Characters of a bad answer that the model is shown again."""
MOST_OBJECTS = 64
OPTIONAL = ("temperature", "seed", "stream_options")
T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Form(Generic[T]):
    """What an answer must be: ``shape`` as a model, all of whose fields are required, and what ``check`` says is wrong with it
    beyond that, in English, for the language model; empty where nothing is. ``limits`` are keywords of JSON schema by the name
    of a property, for models that are held to each of them.
    """

    name: str
    shape: type[T]
    check: Callable[[T], str] = lambda found: ""
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def schema(self) -> dict[str, Any]:
        return self.shape.model_json_schema()

    @property
    def strict_schema(self) -> dict[str, Any]:
        """The schema with the limits."""
        return dict(_limited(self.schema, self.limits))

    def read(self, value: Any) -> T:
        """Raises ValueError, whose words are for the language model."""
        found = self.shape.model_validate(value)
        if problem := self.check(found):
            raise ValueError(problem)
        return found


class NoForm(Exception):
    """No answer had the form; ``text`` is the last one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def told(self) -> Failed:
        return Failed("llm.broken", said=" ".join(self.text.split())[:SHOWN])


class Chat(Protocol):
    """Answers messages: a server, or a model on this machine.

    ``url`` is whose prices count, empty for none. ``held`` says that it can't break a schema, and reads it in words beside.
    """

    @property
    def url(self) -> str: ...
    @property
    def held(self) -> bool: ...
    def chat(self, messages: Sequence[Message], tick: Tick, **more: Any) -> Answer: ...


@dataclass
class Writer:
    """Asks one model for answers of a form, and remembers what it understands."""

    client: Chat
    seed: int
    temperature: float = 0.8
    tally: Tally = field(init=False)
    _rung: int = field(default=0, init=False)
    _refused: set[str] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        self.tally = Tally(self.client.url)

    def ask(self, messages: Sequence[Message], form: Form[T], tick: Tick) -> T:
        """An answer of the form. Raises NoForm where none comes after repair, and what ``Chat.chat`` raises."""
        answer = self._answer(messages, form, tick)
        try:
            return first_fit(answer.text, form)
        except ValueError as problem:
            said = {"role": "assistant", "content": answer.text[:REPEATED]}
            wanted = {"role": "user", "content": instruction("repair", problem=_plainly(problem))}
        answer = self._answer([*messages, said, wanted], form, tick)
        try:
            return first_fit(answer.text, form)
        except ValueError:
            raise NoForm(answer.text) from None

    def _answer(self, messages: Sequence[Message], form: Form[T], tick: Tick) -> Answer:
        """The answer on the highest rung of the ladder that the model climbs."""
        while True:
            extra = self._extra(form)
            try:
                answer = self.client.chat(self._with_shape(messages, form), tick, **extra)
            except Rejected as problem:
                self._step_down(problem, extra)
            else:
                self.tally.add(answer)
                return answer

    def _extra(self, form: Form[T]) -> dict[str, Any]:
        usual = {"temperature": self.temperature, "seed": self.seed, "stream_options": {"include_usage": True}}
        extra: dict[str, Any] = {name: value for name, value in usual.items() if name not in self._refused}
        if self._rung == 0:
            schema = {"name": form.name, "strict": True, "schema": self._schema(form)}
            extra["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self._rung == 1:
            extra["response_format"] = {"type": "json_object"}
        return extra

    def _schema(self, form: Form[T]) -> dict[str, Any]:
        return form.strict_schema if self.client.held else form.schema

    def _with_shape(self, messages: Sequence[Message], form: Form[T]) -> list[Message]:
        """The messages; on lower rungs the form stands in words behind the first, which are the rules."""
        if self._rung == 0 and not self.client.held:
            return [*messages]
        shape = instruction("shape", schema=json.dumps(form.schema, ensure_ascii=False))
        return [{**messages[0], "content": f"{messages[0]['content']}\n\n{shape}"}, *messages[1:]]

    def _step_down(self, problem: Rejected, sent: Mapping[str, Any]) -> None:
        """Leave out what the server names, else ask for less. Raises what it said where nothing is left."""
        named = {name for name in OPTIONAL if name in sent and name in problem.words}
        if named:
            self._refused |= named
        elif "response_format" in sent:
            self._rung += 1
        elif self._refused >= set(OPTIONAL):
            raise problem.error from None
        else:
            self._refused = set(OPTIONAL)


def _limited(node: Any, limits: Mapping[str, Mapping[str, Any]]) -> Any:
    """Part of a schema in which each property has its limits."""
    if isinstance(node, list):
        return [_limited(part, limits) for part in node]
    if not isinstance(node, dict):
        return node
    found = {key: _limited(value, limits) for key, value in node.items()}
    if isinstance(properties := found.get("properties"), dict):
        found["properties"] = {name: {**kept, **limits.get(name, {})} for name, kept in properties.items()}
    return found


def first_fit(text: str, form: Form[T]) -> T:
    """The first JSON object in a text that has the form. Raises ValueError that says what is wrong with the first object."""
    first: ValueError | None = None
    for value in objects(text):
        try:
            return form.read(value)
        except ValueError as problem:
            first = first or problem
    raise first or ValueError("There is no JSON object in the answer.")


def objects(text: str) -> Iterator[Any]:
    """The JSON objects that stand in a text, whatever stands around them; what a model thinks aloud is left out."""
    said, start, decoder = THOUGHT.sub(" ", text), 0, json.JSONDecoder()
    for _ in range(MOST_OBJECTS):
        start = said.find("{", start)
        if start < 0:
            return
        try:
            value, start = decoder.raw_decode(said, start)
        except (ValueError, RecursionError):
            start += 1
        else:
            yield value


def phrases(said: str, key: str) -> list[str]:
    """The texts under a key in JSON that is still being said; the last one may be cut."""
    found = re.findall(rf'"{key}"\s*:\s*"((?:[^"\\]|\\.)*)', THOUGHT.sub(" ", said))
    return [text for text in map(_unescaped, found) if text.strip()]


def _unescaped(raw: str) -> str:
    try:
        return str(json.loads(f'"{raw}"'))
    except ValueError:
        return raw


def _plainly(problem: ValueError) -> str:
    if not isinstance(problem, ValidationError):
        return str(problem)
    errors = problem.errors(include_url=False, include_input=False)[:5]
    return "\n".join(f"{'.'.join(map(str, error['loc'])) or 'answer'}: {error['msg']}" for error in errors)
