"""Reads the TOML files of the character library, and says in one sentence what is wrong with one that can't be used."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from studio.errors import BadInput

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "figure"


def read(path: Path, until: str = "") -> dict[str, Any]:
    """The table in the file at ``path``, as far as ``until`` if given; ``BadInput`` (figure.unreadable): it is missing or no TOML."""
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text.partition(until)[0] if until else text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput("figure.unreadable", file=path.name, reason=str(error)) from error


def need(table: Mapping[str, Any], key: str, file: str) -> Any:
    """``table[key]``; ``BadInput`` (figure.missing) where it isn't there."""
    if key not in table:
        raise BadInput("figure.missing", file=file, what=key)
    return table[key]


def only(table: Mapping[str, Any], keys: Iterable[str], file: str) -> None:
    """``BadInput`` (figure.unknown_key) where ``table`` holds a key that nobody reads: most often a slip of the pen."""
    known = sorted(keys)
    for key in table:
        if key not in known:
            raise BadInput("figure.unknown_key", file=file, what=key, known=", ".join(known))


def one_of(value: str, known: Iterable[str], key: str, file: str) -> str:
    """``value`` where it is one of ``known``; else ``BadInput`` (figure.unknown_value)."""
    names = sorted(known)
    if value not in names:
        raise BadInput("figure.unknown_value", file=file, what=key, value=value, known=", ".join(names))
    return value


def numbers(value: Any, key: str, file: str) -> list[float]:
    """The numbers in a list, or in a text such as ``"12,4 -3"``; ``BadInput`` (figure.not_numbers) where one is none."""
    items = value.replace(",", " ").split() if isinstance(value, str) else value
    try:
        return [float(item) for item in items]
    except (TypeError, ValueError) as error:
        raise BadInput("figure.not_numbers", file=file, what=key, value=str(value)) from error
