"""What stands in a text beside words: addresses of pages and of mail, emoji, hashtags, signs."""

import re
from functools import cache
from typing import Any

from engines.speech.mapped import Mapped
from engines.speech.pattern import rule
from engines.speech.tongue import Tongue, one_by_one

NAMED_ENDS = (
    "com|org|net|edu|gov|info|io|dev|app|ai|co|me|tv|uk|us|de|fr|eu|ru|su|cn|jp|ua|by|kz|рф|xyz|site|online|shop|blog"
)
PAGE = re.compile(
    rf"(?:https?://|www\.)[^\s<>\"'«»()（），。！？、；]+|(?<![@\w.])(?:[\w-]+\.)+(?:{NAMED_ENDS})(?![\w.]*\w@)(?:/[^\s<>\"'«»()（），。！？、；]*|(?![\w]))",
    re.ASCII | re.IGNORECASE,
)
MAIL = rule(r"(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
HANDLE = rule(r"(?<![\w@])@([\w]{2,})")
HASHTAG = re.compile(r"(?<![\w#&])#([^\W\d]\w*)")
TRAILING = ".,;:!?…"
SEPARATORS = {
    ".": "dot",
    "/": "slash",
    ":": "colon",
    "-": "dash",
    "_": "underscore",
    "@": "at",
    "#": "hash",
    "?": "question",
}
SEPARATORS |= {"=": "equals", "&": "and", "+": "plus", "%": "percent"}
SHORT_END = 2
PICTURED = rule(r"[\u203c-\u3299\U0001f000-\U0001faff\ufe0f\u200d\u20e3©®]")
JOINERS = rule(r"[\ufe0e\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff]")
CASED = rule(r"(?<=[a-z])(?=[A-Z])")


def addresses(text: Mapped, tongue: Tongue) -> Mapped:
    """Mail, pages, @names and #tags in words."""
    if "." not in text.text and "@" not in text.text and "#" not in text.text and "://" not in text.text:
        return text
    text = text.sub(MAIL, lambda found: _spelt(found[0], tongue))
    text = text.sub(PAGE, lambda found: _page(found[0], tongue))
    text = text.sub(HANDLE, lambda found: f"{tongue.words.spoken['at']} {_plain(found[1])}")
    return text.sub(HASHTAG, lambda found: f"{tongue.words.spoken['hashtag']} {_plain(found[1])}")


def _page(address: str, tongue: Tongue) -> str:
    kept = address.rstrip(TRAILING)
    bare = re.sub(r"^https?://", "", kept).rstrip("/")
    return _spelt(bare, tongue) + address[len(kept) :]


def _plain(name: str) -> str:
    return CASED.sub(" ", name.replace("_", " "))


def _spelt(address: str, tongue: Tongue) -> str:
    said: list[str] = []
    parts = re.findall(r"[^\W\d_]+|\d+|[\W_]", address)
    for number, part in enumerate(parts):
        before_slash = number + 1 == len(parts) or parts[number + 1] in "/:?"
        if part in SEPARATORS:
            said.append(tongue.words.spoken[SEPARATORS[part]])
        elif part.isdecimal():
            said.append(tongue.number(part) if len(part) < 5 else one_by_one(tongue.words, part))
        elif part.lower() == "www" or (
            part.isascii() and (len(part) == 1 or (len(part) <= SHORT_END and before_slash))
        ):
            said.append(" ".join(part.upper()))
        elif part.isalpha():
            said.append(CASED.sub(" ", part))
    return " ".join(said)


def emoji_words(text: Mapped, language: str) -> Mapped:
    """Emoji by their names, each once where it is repeated; in a language without names they are left out."""
    if not PICTURED.search(text.text):
        return text
    import emoji

    changes: list[tuple[tuple[int, int], str]] = []
    last, until = "", -1
    for found in emoji.emoji_list(text.text):
        start, end, sign = found["match_start"], found["match_end"], found["emoji"]
        repeated = sign == last and not text.text[until:start].strip()
        name = "" if repeated else _name(sign, language)
        changes.append(((start, end), f" {name} " if name else " "))
        last, until = sign, end
    return text.replaced(changes).sub(JOINERS, lambda _: "")


@cache
def _name(sign: str, language: str) -> str:
    """The name that Unicode's data gives an emoji, without its skin's tone."""
    import emoji

    if language in emoji.LANGUAGES:
        emoji.config.load_language(language)

    facts: dict[str, Any] = emoji.EMOJI_DATA.get(re.sub("[\U0001f3fb-\U0001f3ff]", "", sign)) or emoji.EMOJI_DATA.get(
        sign, {}
    )
    return str(facts.get(language, "")).strip(":").replace("_", " ").replace("’", "'")


def signs(text: Mapped, tongue: Tongue) -> Mapped:
    """Signs that are left over, in words; those of mathematics only between figures or names."""
    words = tongue.words.signs
    return text.sub(SIGN, lambda found: _sign(found, words))


SIGN = rule(r"[&@%‰+=−×÷±≈≠≤≥<>°√^²³∞©®™№#§†•→←*|~_\\{}\[\]/`$€£¥₽]")
BARE = frozenset("*|~_\\{}[]/`$€£¥₽")


def _sign(found: "re.Match[str]", words: Any) -> str:
    sign, text = found[0], found.string
    if sign in BARE:
        return " "
    named = words[sign]
    if sign in "<>=+" and not (_beside(text, found.start() - 1, -1) and _beside(text, found.end(), 1)):
        return " "
    return f" {named} " if named else " "


def _beside(text: str, at: int, step: int) -> bool:
    """Whether something that can be said stands there, over a space."""
    while 0 <= at < len(text) and text[at] == " ":
        at += step
    return 0 <= at < len(text) and (text[at].isalnum() or text[at] in "()")
