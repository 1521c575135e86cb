"""The basics of SSML, read so that nothing in it can do harm: no entities but the five of XML, no documents from elsewhere.

It is lenient. A tag that closes nothing is passed over, one that isn't known is read through, and a ``<`` that begins no tag is text.
"""

import html
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from engines.speech.mapped import Mapped
from studio.errors import BadInput
from studio.paths import ASSETS

TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!\[CDATA\[(?P<raw>.*?)(?:\]\]>|\Z)"
    r"|<(?P<end>/)?(?P<name>[A-Za-z][\w:-]*)(?P<rest>[^<>]*)>",
    re.DOTALL,
)
ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
FORBIDDEN = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
MARKED_UP = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<speak[\s>]", re.IGNORECASE)
DEEPEST = 64
LONGEST_BREAK_MS = 10_000
USUAL_BREAK = "medium"
SPANNING = frozenset(
    {"prosody", "voice", "lang", "emphasis", "p", "s", "say-as", "phoneme", "sub", "speak", "w", "token"}
)
SILENT = frozenset({"metadata", "meta", "lexicon", "lookup", "desc"})
ENDS = {"p": 500, "s": 250}
AMOUNT = re.compile(r"([+-]?)(\d+(?:\.\d+)?)\s*(%|st|db|ms|s|)", re.IGNORECASE)
LOWEST, HIGHEST = 0.2, 5.0


@dataclass(frozen=True)
class Style:
    """How a stretch is said: factors, and what it is said as."""

    language: str = ""
    voice: str = ""
    rate: float = 1.0
    pitch: float = 1.0
    volume: float = 1.0
    say_as: str = ""
    form: str = ""
    phonemes: str | None = None
    alias: str | None = None


@dataclass(frozen=True)
class Piece:
    """A stretch of text in one style, with silence before what follows it."""

    text: Mapped
    style: Style
    pause_ms: int = 0


@dataclass
class Reader:
    """Reads SSML; ``unknown`` gathers the names of tags that it passed over."""

    unknown: set[str] = field(default_factory=set)

    def pieces(self, text: str, style: Style) -> Iterator[Piece]:
        """Raises BadInput for a document type or entities of its own, and for what is nested too deep."""
        if FORBIDDEN.search(text):
            raise BadInput("speech.ssml_document_type")
        open_: list[tuple[str, Style]] = []
        at = 0
        for tag in TAG.finditer(text):
            if tag.start() > at:
                yield Piece(_plain(text, at, tag.start()), style)
            at = tag.end()
            if tag["raw"]:
                yield Piece(Mapped.of(tag["raw"], tag.start("raw")), style)
            if not tag["name"]:
                continue
            name = tag["name"].lower()
            if tag["end"]:
                style = _closed(open_, name, style)
                if name in ENDS:
                    yield Piece(Mapped.of(""), style, ENDS[name])
                continue
            attributes = {
                found[1].lower(): html.unescape(found[2] or found[3] or "") for found in ATTRIBUTE.finditer(tag["rest"])
            }
            if name == "break":
                yield Piece(Mapped.of(""), style, _break_ms(attributes))
            elif name in SPANNING and not tag["rest"].rstrip().endswith("/"):
                if len(open_) >= DEEPEST:
                    raise BadInput("speech.ssml_deep", depth=DEEPEST)
                open_.append((name, style))
                style = self._styled(name, attributes, style)
            elif name not in SPANNING and name not in SILENT and name not in ("mark", "audio"):
                self.unknown.add(name)
        if at < len(text):
            yield Piece(_plain(text, at, len(text)), style)

    @staticmethod
    def _styled(name: str, attributes: Mapping[str, str], style: Style) -> Style:
        language = attributes.get("xml:lang") or attributes.get("lang") or style.language
        style = replace(style, language=language)
        if name == "voice":
            return replace(style, voice=attributes.get("name") or style.voice)
        if name == "prosody":
            factors = {key: _factor(key, attributes[key]) for key in ("rate", "pitch", "volume") if key in attributes}
            return _times(style, factors)
        if name == "emphasis":
            factors = _table()["emphasis"].get(attributes.get("level", "moderate"), {})
            return _times(style, factors)
        if name == "say-as":
            return replace(
                style, say_as=attributes.get("interpret-as", "").lower(), form=attributes.get("format", "").lower()
            )
        if name == "phoneme":
            known = attributes.get("alphabet", "ipa").lower() == "ipa"
            return replace(style, phonemes=attributes.get("ph") or None if known else None)
        if name == "sub":
            return replace(style, alias=attributes.get("alias") or None)
        return style


def is_ssml(text: str) -> bool:
    """Whether a text says that it is SSML."""
    return bool(MARKED_UP.match(text))


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((ASSETS / "speech" / "ssml.toml").read_text(encoding="utf-8"))


def bleep(language: str) -> str:
    """What is said for what mustn't be."""
    known = _table()["bleep"]
    return str(known.get(language.split("-", maxsplit=1)[0], known["en"]))


def _plain(text: str, start: int, end: int) -> Mapped:
    """Text between tags, with entities in their letters."""
    return Mapped.of(text[start:end], start).sub(ENTITY, lambda found: html.unescape(found[0]))


def _closed(open_: list[tuple[str, Style]], name: str, style: Style) -> Style:
    """The style behind a closing tag; the tags inside it that were left open close with it."""
    if name not in (opened for opened, _ in open_):
        return style
    while open_:
        opened, before = open_.pop()
        if opened == name:
            return before
    return style


def _break_ms(attributes: Mapping[str, str]) -> int:
    found = AMOUNT.fullmatch(attributes.get("time", "").strip())
    if found and found[3].lower() in ("ms", "s"):
        return round(min(float(found[2]) * (1000 if found[3].lower() == "s" else 1), LONGEST_BREAK_MS))
    return int(_table()["break"].get(attributes.get("strength", USUAL_BREAK), _table()["break"][USUAL_BREAK]))


def _factor(kind: str, value: str) -> float:
    """The factor that a value of SSML means; 1 for one that can't be read."""
    words = _table()[kind]
    value = value.strip().lower()
    if value in words:
        return float(words[value])
    found = AMOUNT.fullmatch(value)
    if found is None:
        return 1.0
    amount = float(found[2]) * (-1 if found[1] == "-" else 1)
    if found[3] == "st":
        return float(2 ** (amount / 12))
    if found[3] == "db":
        return float(10 ** (amount / 20))
    if found[3] == "%":
        return 1 + amount / 100 if found[1] else amount / 100
    return (
        1.0
        if kind == "pitch"
        else amount / 100
        if kind == "volume" and amount > HIGHEST
        else 1 + amount
        if found[1]
        else amount
    )


def _times(style: Style, factors: Mapping[str, float]) -> Style:
    new: dict[str, Any] = {key: _bounded(getattr(style, key) * factor, key) for key, factor in factors.items()}
    return replace(style, **new)


def _bounded(factor: float, kind: str) -> float:
    return min(max(factor, 0.0 if kind == "volume" else LOWEST), HIGHEST)
