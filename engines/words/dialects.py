"""One list of lines, written as each family of models takes it: a prompt, and what to avoid.

``sd``: tags with attention marks (``engines.words.weights``). ``prose``: sentences without weights, for models like FLUX.
``midjourney``: plain phrases and flags (docs.midjourney.com, "Parameter List": ``--no``, ``--ar``; the old ``text::2`` isn't
written). ``danbooru``: tags as that board writes them, small letters and underscores, brackets escaped for Stable Diffusion.
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from engines.words.prose import sentences
from engines.words.weights import KEYWORD, Part, plain, write

Dialect = Literal["sd", "prose", "midjourney", "danbooru"]
AVOIDED = "negative"
FLAG = re.compile(r"(?<!\S)-{2}(?=[A-Za-z])")
MULTI = re.compile(r"::(?:-?\d+(?:\.\d+)?)?")
COMMA = re.compile(r"[,，、;\n]")
BRACKET = re.compile(r"([()\[\]])")


class Said(NamedTuple):
    """One line: its section of the sheet, its text in the notation of ``weights``, and how much it counts, 0..2; 0 leaves it
    out.
    """

    section: str
    text: str
    weight: float = 1.0


class Written(NamedTuple):
    """``negative`` is what to avoid; empty where the dialect says it in the prompt."""

    prompt: str
    negative: str


def write_as(dialect: Dialect, lines: Sequence[Said], *, shape: tuple[int, int] | None = None) -> Written:
    """The prompt in a dialect. ``shape`` is (width, height) of the picture, in whatever unit, for dialects that say it."""
    counted = [line for line in lines if line.weight > 0 and line.text.strip()]
    wanted = [line for line in counted if line.section != AVOIDED]
    avoided = [line for line in counted if line.section == AVOIDED]
    if dialect == "midjourney":
        return Written(_midjourney(wanted, avoided, shape), "")
    write_one = WRITERS[dialect]
    return Written(write_one(wanted), (_phrases if dialect == "prose" else write_one)(avoided))


def _sd(lines: Sequence[Said]) -> str:
    return write(Part(line.text.strip(), line.weight) for line in lines)


def _prose(lines: Sequence[Said]) -> str:
    return sentences((line.section, words) for line in lines if (words := _words(line)))


def _phrases(lines: Sequence[Said]) -> str:
    return ", ".join(words for line in lines if (words := _words(line)))


def _danbooru(lines: Sequence[Said]) -> str:
    tags = (tag.strip() for line in lines for tag in COMMA.split(_words(line)))
    named = ("_".join(tag.lower().split()) for tag in tags if tag)
    return ", ".join(BRACKET.sub(r"\\\1", tag) for tag in dict.fromkeys(named))


def _midjourney(wanted: Sequence[Said], avoided: Sequence[Said], shape: tuple[int, int] | None) -> str:
    """Lines that are flags themselves go behind the phrases; in other lines nothing may become one, or a weight."""
    flags = [line.text.strip() for line in wanted if FLAG.match(line.text.strip())]
    words = [_harmless(_words(line)) for line in wanted if not FLAG.match(line.text.strip())]
    out = [", ".join(filter(None, words))]
    not_wanted = ", ".join(filter(None, (_harmless(_words(line)) for line in avoided)))
    if shape is not None and not any(flag.split()[0] in ("--ar", "--aspect") for flag in flags):
        common = math.gcd(*shape) or 1
        flags.append(f"--ar {shape[0] // common}:{shape[1] // common}")
    if not_wanted:
        flags.append(f"--no {not_wanted}")
    return " ".join(filter(None, [*out, *flags]))


def _harmless(words: str) -> str:
    return " ".join(FLAG.sub("", MULTI.sub(" ", words)).split())


def _words(line: Said) -> str:
    text = plain(line.text)
    return "" if KEYWORD.fullmatch(text) else text


WRITERS: dict[str, Callable[[Sequence[Said]], str]] = {"sd": _sd, "prose": _prose, "danbooru": _danbooru}
