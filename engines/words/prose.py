"""The lines of a sheet as English sentences, for models that were trained on captions in prose.

How each section is said, and which words take no article, is data: ``assets/words/prose.toml``. Articles follow simple
rules on the last word of a phrase's own thing ("a scar" in "scar across the cheek"); a phrase that they get wrong is still
understood, and nothing that a line says is left out.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from studio.paths import ASSETS

FILE = ASSETS / "words" / "prose.toml"
ENDS = (".", "!", "?", "。", "！", "？")
SENTENCE_WORDS = 4
VOWEL = re.compile(r"(?!uni|use|usu|eu|one\b|once)[aeiou]|hour|heir|honest|honou?r", re.IGNORECASE)
LATIN = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
WORD = re.compile(r"[\w'’-]+")


def sentences(lines: Iterable[tuple[str, str]]) -> str:
    """One text from (section, phrase) pairs; the sections come in the order of the data file, unknown ones last.

    A phrase that is a sentence already, with its full stop, stands by itself at its section's place.
    """
    by_section: dict[str, list[str]] = {}
    for section, phrase in lines:
        by_section.setdefault(section, []).append(phrase)
    known = {str(entry["section"]): entry for entry in _data()["sentence"]}
    out = []
    order = [name for name in known if name in by_section] + [name for name in by_section if name not in known]
    for section in order:
        whole = [phrase for phrase in by_section[section] if _is_sentence(phrase)]
        parts = [phrase for phrase in by_section[section] if not _is_sentence(phrase)]
        entry = known.get(section, {"text": "{items}.", "manner": "plain"})
        if parts:
            out.append(str(entry["text"]).replace("{items}", _said(parts, str(entry["manner"]))))
        out += whole
    return " ".join(out)


def with_article(phrase: str) -> str:
    """The phrase with ``a`` or ``an`` before it where English wants one."""
    words = LATIN.findall(phrase)
    rules = _data()["articles"]
    if not words or "," in phrase or not (phrase[0].isalpha() and phrase[0].isascii()):
        return phrase
    last = _own(words, rules)[-1]
    bare = words[0].lower() in rules["bare"] or _is_doing(words, rules)
    if (
        bare
        or last in rules["uncountable"]
        or last.endswith(tuple(rules["uncountable_ends"]))
        or _is_plural(last, rules)
    ):
        return phrase
    return f"{'an' if VOWEL.match(phrase) else 'a'} {phrase}"


def _said(phrases: list[str], manner: str) -> str:
    phrases = [phrase.strip().rstrip(",;.") for phrase in phrases]
    if manner == "first":
        return ", ".join([with_article(phrases[0]), *phrases[1:]])
    how = {"thing": with_article, "seen": _seen}.get(manner, str)
    return _listed([how(phrase) for phrase in phrases])


def _seen(phrase: str) -> str:
    """How somebody is seen: "drawing a sword", "in a bow", "with arms raised"."""
    words, rules = LATIN.findall(phrase), _data()["articles"]
    if not words or words[0].lower() in rules["joints"] or _is_doing(words, rules):
        return phrase
    several = any(_is_plural(word.lower(), rules) for word in words[:2])
    return f"with {phrase}" if several else f"in {with_article(phrase)}"


def _own(words: list[str], rules: Mapping[str, Any]) -> list[str]:
    """The words of a phrase up to what belongs to its thing, in small letters; never none."""
    small = [word.lower() for word in words]
    end = next((place for place, word in enumerate(small) if place and word in rules["joints"]), len(small))
    return small[:end]


def _is_doing(words: list[str], rules: Mapping[str, Any]) -> bool:
    """ "drawing a sword" is, "fighting stance" isn't."""
    return words[0].endswith("ing") and words[-1].lower() not in rules["stances"]


def _is_plural(word: str, rules: Mapping[str, Any]) -> bool:
    if word in rules["plural"]:
        return True
    return word.endswith("s") and not word.endswith("ss") and word not in rules["singular"]


def _is_sentence(phrase: str) -> bool:
    return phrase.endswith(ENDS) and (len(WORD.findall(phrase)) >= SENTENCE_WORDS or not phrase.isascii())


def _listed(items: list[str]) -> str:
    """``a, b and c``; with semicolons where an item has a comma of its own."""
    if len(items) == 1:
        return items[0]
    mark, last = ("; ", "; and ") if any("," in item for item in items) else (", ", " and ")
    return mark.join(items[:-1]) + last + items[-1]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
