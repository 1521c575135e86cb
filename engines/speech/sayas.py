"""``<say-as>``: a text said as what its author says that it is."""

import re
from datetime import date

from engines.speech.mapped import Mapped
from engines.speech.normalise import TONGUES, normalised
from engines.speech.ssml import bleep
from engines.speech.tongue import Tongue, one_by_one, plain

ORDERS = {
    "mdy": "mdy",
    "dmy": "dmy",
    "ymd": "ymd",
    "md": "md",
    "dm": "dm",
    "ym": "ym",
    "my": "my",
    "y": "y",
    "m": "m",
    "d": "d",
}


def said_as(text: str, how: str, form: str, language: str) -> str:
    """``how`` is SSML's ``interpret-as``; what can't be read that way is read as usual."""
    tongue = TONGUES.get(language.split("-", maxsplit=1)[0].lower())
    usual = normalised(Mapped.of(text), language).text
    if how in ("characters", "spell-out", "verbatim", "letters"):
        return " ".join(
            normalised(Mapped.of(letter), language).text or letter for letter in text if not letter.isspace()
        )
    if how in ("expletive", "bleep"):
        return bleep(language)
    if tongue is None:
        return usual
    figure = plain(text.strip(), tongue.point)
    whole = re.fullmatch(r"-?\d+", figure)
    if how in ("cardinal", "number") and re.fullmatch(r"-?\d+(\.\d+)?", figure):
        return tongue.number(figure.lstrip("0") or "0" if whole else figure)
    if how == "ordinal" and whole and len(figure) <= 9:
        return tongue.ordinal(int(figure))
    if how == "digits":
        return one_by_one(tongue.words, text) or usual
    if how == "telephone":
        return tongue.phone(re.findall(r"\d+", text)) or usual
    if how == "date":
        return _date(text, form, tongue) or usual
    return usual


def _date(text: str, form: str, tongue: Tongue) -> str:
    parts = re.findall(r"\d+", text)
    order = ORDERS.get(form, "ymd" if parts and len(parts[0]) == 4 else "mdy" if tongue.code == "en" else "dmy")
    if len(parts) != len(order):
        return ""
    given = {key: int(part) for key, part in zip(order, parts, strict=True)}
    try:
        date(given.get("y", 2000), given.get("m", 1), given.get("d", 1))
    except ValueError:
        return ""
    if "m" not in given:
        return tongue.year(given["y"]) if "y" in given else tongue.ordinal(given["d"])
    return tongue.date(given.get("y"), given["m"], given.get("d"))
