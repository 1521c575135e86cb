"""Text as it is written → text as it is said."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from engines.speech.chinese import Chinese
from engines.speech.dates import dates, romans, times
from engines.speech.english import English
from engines.speech.figures import figures
from engines.speech.mapped import Mapped
from engines.speech.marks import addresses, emoji_words, signs
from engines.speech.pattern import rule
from engines.speech.russian import Russian
from engines.speech.tongue import Tongue

TONGUES: Mapping[str, Tongue] = {tongue.code: tongue for tongue in (English(), Chinese(), Russian())}
UNSEEN = rule(r"[\u00ad\u200b-\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffc]")
CONTROL = rule(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd\ud800-\udfff]")
WIDE = rule(r"[\uff01-\uff5e\u3000Ⅰ-ⅿﬀ-ﬆ①-⑳]")
WIDE_KEPT = "，。！？；：（）"
SPACES = rule(r"[^\S\n]+|\n+")
BEFORE_STOP = rule(r" +(?=[,.;:!?…，。！？；：)])")
REPEATED = rule(r"([,;:!?…，；：])(?:\s*[,;，；])+|([!?…！？])[!?…！？]{2,}")
RUSSIAN_CAPS = rule(r"(?<![\w-])[БВГДЖЗКЛМНПРСТФХЦЧШЩ]{2,5}(?![\w-])")
CITY = rule(r"(?<![\w])г\.\s?(?=[А-ЯЁ])")
BETWEEN_HAN = re.compile(r"(?<=[\u3000-\u9fff，。！？]) (?=[\u3000-\u9fff])")
STREET = re.compile(r"(?<=\w )St\.(?!\s+[A-Z][a-z])|(?<=\d[a-z]{2} )St\.")


def cleaned(text: Mapped) -> Mapped:
    """Without control characters and what can't be seen; letters and figures in their usual width."""
    text = text.sub(UNSEEN, lambda _: "").sub(CONTROL, lambda _: " ")
    return text.sub(WIDE, lambda found: found[0] if found[0] in WIDE_KEPT else unicodedata.normalize("NFKC", found[0]))


def normalised(text: Mapped, language: str) -> Mapped:
    """A sentence in one language, cleaned, as it is said. Languages but English, Chinese and Russian have figures and signs left
    to their voice.
    """
    code = language.split("-", maxsplit=1)[0].lower()
    tongue = TONGUES.get(code)
    if tongue is None:
        return tidied(emoji_words(text, code))
    text = emoji_words(addresses(text, tongue), tongue.words.emoji)
    text = dates(text, tongue, month_first=language.lower() not in ("en-gb", "en-au", "en-in"))
    text = romans(times(text, tongue), tongue)
    text = abbreviations(figures(numbered(text, tongue), tongue), tongue)
    text = tidied(signs(text, tongue))
    return text.sub(BETWEEN_HAN, lambda _: "") if code == "zh" else text


@cache
def _before_figures(code: str) -> "re.Pattern[str]":
    names = TONGUES[code].words.before_figures
    return rule(rf"(?<![\w.])(?:{'|'.join(map(re.escape, names))})(?=\s?\d)")


def numbered(text: Mapped, tongue: Tongue) -> Mapped:
    """What is written short before figures alone, in full."""
    table = tongue.words.before_figures
    return text.sub(_before_figures(tongue.code), lambda found: table[found[0]]) if table else text


@cache
def _abbreviated(code: str) -> "re.Pattern[str]":
    table = TONGUES[code].words.abbreviations
    return rule(
        r"(?<![\w.])(?:" + "|".join(re.escape(name) for name in sorted(table, key=len, reverse=True)) + r")(?![\w])"
    )


def abbreviations(text: Mapped, tongue: Tongue) -> Mapped:
    """What is written short in full; a full stop that also ends the sentence stays."""
    table = tongue.words.abbreviations
    if tongue.code == "en":
        text = text.sub(STREET, lambda _: "Street")
    if tongue.code == "ru":
        text = text.sub(CITY, lambda _: "город ")

    def said(found: "re.Match[str]") -> str:
        last = found.end() == len(found.string.rstrip()) and found[0].endswith(".")
        return table[found[0]] + ("." if last else "")

    if table:
        text = text.sub(_abbreviated(tongue.code), said)
    if tongue.code == "ru":
        letters = tongue.words.letters
        text = text.sub(RUSSIAN_CAPS, lambda found: "-".join(letters[letter] for letter in found[0]))
    if spelled := frozenset(tongue.words.more.get("spelled", ())):
        caps = rule(r"(?<![\w.])[A-Z]{2,4}(?=s?(?![\w]))")
        text = text.sub(caps, lambda found: " ".join(found[0]) if found[0] in spelled else None)
    return text


def tidied(text: Mapped) -> Mapped:
    """Single spaces, none before a stop; stops in a row once."""
    text = text.sub(SPACES, lambda _: " ").sub(BEFORE_STOP, lambda _: "")
    return text.sub(REPEATED, lambda found: found[1] or found[2]).stripped()


def said(text: str, language: str) -> str:
    """A text as it is said, for those who don't ask where it stood."""
    return normalised(cleaned(Mapped.of(text)), language).text
