"""The ``parameters`` text that AUTOMATIC1111's web interface writes into its pictures.

    a prompt, of one line or more
    Negative prompt: left out where there is none
    Steps: 28, Sampler: Euler a, CFG scale: 6, Seed: 123, Size: 832x1216, Lora hashes: "a: 12ab, b: 34cd"

Source: ``parse_generation_parameters`` and ``create_infotext`` of that project; the last line holds settings if it has
three or more, and a value with a comma, a colon or a line break stands in JSON's quotes.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.tags import exif, png
from studio.tags.notes import Unsuitable

NEGATIVE = "Negative prompt:"
FIRST = "Steps: "
FEWEST = 3
SETTING = re.compile(r'\s{0,8}(\w[\w \-/]{1,80}):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
SIZE = re.compile(r"(\d+)x(\d+)")
NEEDS_QUOTES = re.compile(r"[,:\n]")
LONGEST = 1_000_000
LONGEST_LINE = 50_000


@dataclass(frozen=True)
class Parameters:
    """``line`` is the line of settings as it stands in the text; nothing where there is none."""

    prompt: str
    negative: str = ""
    line: str = ""

    @property
    def settings(self) -> dict[str, str]:
        """The settings by their names, without quotes. ``Size: 832x1216`` is ``Size-1`` and ``Size-2``."""
        found = {}
        for name, value in SETTING.findall(self.line):
            size = SIZE.fullmatch(value)
            if size:
                found.update({f"{name}-1": size[1], f"{name}-2": size[2]})
            else:
                found[name] = _unquoted(value)
        return found


def read(text: str) -> Parameters:
    """Take a text apart; any text is one, for a prompt may stand alone. ``write(read(text))`` is the text, without
    line breaks at its ends.
    """
    lines = text[:LONGEST].strip("\r\n").split("\n")
    at = _settings_from(lines)
    words, line = lines[:at], "\n".join(lines[at:])
    start = next((place for place, each in enumerate(words) if each.startswith(NEGATIVE)), len(words))
    negative = "\n".join(words[start:]).removeprefix(NEGATIVE)
    return Parameters("\n".join(words[:start]), negative.removeprefix(" "), line)


def write(parameters: Parameters) -> str:
    """The text."""
    negative = f"{NEGATIVE} {parameters.negative}" if parameters.negative else ""
    return "\n".join(part for part in (parameters.prompt, negative, parameters.line) if part)


def line_of(settings: Mapping[str, str]) -> str:
    """The line of settings for values by their names; ``Size-1`` and ``Size-2`` become ``Size: 832x1216``."""
    found = {}
    for name, value in settings.items():
        stem = name[:-2]
        if name.endswith("-1") and f"{stem}-2" in settings:
            found[stem] = f"{value}x{settings[f'{stem}-2']}"
        elif not (name.endswith("-2") and f"{stem}-1" in settings):
            found[name] = json.dumps(value, ensure_ascii=False) if NEEDS_QUOTES.search(value) else value
    return ", ".join(f"{name}: {value}" for name, value in found.items())


def find(picture: Path) -> str:
    """The text in a PNG, or in the Exif comment of a JPEG or WebP; nothing where there is none or it is no picture."""
    try:
        text = png.texts(picture).get(png.PARAMETERS, "")
    except Unsuitable:
        text = ""
    return (text or exif.comment(picture))[:LONGEST]


def _settings_from(lines: list[str]) -> int:
    """Number of the line at which settings begin: the last one, or one that some extension has put others behind."""
    last = len(lines) - 1
    if _holds_settings(lines[last]):
        return last
    likely = (place for place in range(last, -1, -1) if lines[place].startswith(FIRST))
    return next((place for place in likely if _holds_settings(lines[place])), len(lines))


def _holds_settings(line: str) -> bool:
    return len(line) <= LONGEST_LINE and len(SETTING.findall(line)) >= FEWEST


def _unquoted(value: str) -> str:
    if not (len(value) > 1 and value[0] == value[-1] == '"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value
