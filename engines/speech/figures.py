"""Figures with what they count: money, measures, percents, fractions, ordinals, telephone numbers, ranges, plain numbers."""

import re
from functools import cache

from engines.speech.chinese import PAIR
from engines.speech.mapped import Mapped
from engines.speech.pattern import rule
from engines.speech.russian import Russian
from engines.speech.tongue import Tongue, one_by_one, plain, words

FIGURE = {
    ".": r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d{1,3}(?:[ \u00a0\u202f]\d{3}){2,}(?!\d)|\d+(?:\.\d+)?|(?<![\w.])\.\d+",
    ",": r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?(?!\d)|\d+(?:[.,]\d+)?",
}
MINUS = r"(?<![\w)%.,/:-])(?:[-−–](?=\d))?"
VULGAR = {
    "½": (1, 2),
    "⅓": (1, 3),
    "⅔": (2, 3),
    "¼": (1, 4),
    "¾": (3, 4),
    "⅕": (1, 5),
    "⅛": (1, 8),
    "⅜": (3, 8),
    "⅝": (5, 8),
    "⅞": (7, 8),
}
MIXED = rule(rf"(?:(?<![\w.])(\d+)\s?)?([{''.join(VULGAR)}])")
FRACTION = rule(r"(?<![\w./,])(?:(\d+) )?(\d{1,2})[/⁄](\d{1,3})(?![\w/]|[.,]\d)")
PHONES = (
    rule(r"(?<![\w+])\+\d{1,3}[\s(.-]*\d(?:[\s().-]{0,2}\d){7,12}(?!\d)"),
    rule(r"(?<![\w.])8[ -]?\(?\d{3}\)?[ -]?\d{3}[ -]\d{2}[ -]\d{2}(?!\d)"),
    rule(r"(?<![\w.])(?:1[ -])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-.]\d{4}(?!\d)"),
    rule(r"(?<![\w.])1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"),
    rule(r"(?<![\w.])(?:0\d{2,3}-\d{7,8}|[48]00-\d{3}-?\d{4})(?!\d)"),
)
ADDRESS = rule(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w]|\.\d)")
VERSION = rule(r"(?<![\w.])([vV])?(\d+(?:\.\d+){2,})(?![\w]|\.\d)")
LETTERED_VERSION = rule(r"(?<![\w])[vV](\d+(?:\.\d+)?)(?![\w.])")
DECADE = rule(r"(?<![\w])['’]?((?:\d\d)?\d0)['’]?s\b")
ENGLISH_ORDINAL = rule(r"(?<![\w.])(\d+(?:,\d{3})*)(?:st|nd|rd|th)\b")
RUSSIAN_ORDINAL = rule(
    r"(?<![\w.])(\d{1,6})[-–](ый|ий|ой|ая|ое|ые|ого|его|ому|ему|ом|ем|ей|ую|ых|их|ым|им|ми|го|му|ти|й|я|е|х|м|ю)(?![\w])"
)
COMPOUNDED = "лет|процентн|этажн|минутн|часов|метров|местн|тысячн|миллионн|градусн|кратн|дневн|километров|балльн"
COMPOUND = rule(rf"(?<![\w.,])(\d{{1,4}})-(?=(?:{COMPOUNDED})[^\W\d_])")
CHINESE_ORDINAL = rule(r"第\s?(\d+)")
YEAR_AFTER = rule(r"(?<![\w.,$€£])(1[1-9]\d\d|20\d\d)(?![\w,]|\.\d|%|\s?[-–]\d)")
YEARS = rule(r"(?<![\w.,$€£])(1[1-9]\d\d|20\d\d)\s?[-–—~]\s?(1[1-9]\d\d|20\d\d|\d\d)(?![\w,-]|\.\d)")
FEET = rule(r"(?<![\w.])(\d)['′’](?:\s?(\d{1,2})(?:[\"″”]|''))?(?![\w])")
IDENTIFIED = rule(r"((?:号码?|编码|证|QQ|邮编|密码)[:：是为]?\s?)(\d{5,})")
CODED = rule(r"(?<![\w])((?:code|zip|PIN|ID|код|пин|ПИН|индекс|ИНН):?\s)(\d{3,})(?![\w]|[.,:]\d)")
BY_PAIRS = frozenset(words("zh").more["counted_by_two"])
"""What two of are a pair in Chinese: 两个, not 二个."""
SCIENTIFIC = rule(r"(?<![\w.])(\d+(?:\.\d+)?)[eE]([+-]?\d+)(?![\w])")
CODE = rule(r"(?<=[^\W\d_])-(?=\d)|(?<=\d)-(?=[^\W\d_])")
MULTIPLIED = rule(r"(?<=\d)\s?[xх]\s?(?=\d)")


def figures(text: Mapped, tongue: Tongue) -> Mapped:
    """Every figure in words, from the most particular to the plain."""
    if not any(letter.isdigit() or letter in VULGAR for letter in text.text):
        return text
    for step in (_phones, _versions, _money, _ordinals, _measures, _fractions, _years, _ranges, _numbers):
        text = step(text, tongue)
    return text


def _phones(text: Mapped, tongue: Tongue) -> Mapped:
    for pattern in PHONES:
        text = text.sub(pattern, lambda found: _phone(found[0], tongue))
    return text


def _phone(number: str, tongue: Tongue) -> str:
    groups = re.findall(r"\d+", number)
    if len(groups) == 1 and len(groups[0]) == 11:
        groups = [groups[0][:3], groups[0][3:7], groups[0][7:]]
    said = tongue.phone(groups)
    return f"{tongue.words.spoken['plus']} {said}" if number.startswith("+") else said


def _versions(text: Mapped, tongue: Tongue) -> Mapped:
    def said(found: "re.Match[str]") -> str:
        dot = tongue.words.spoken["dot" if ADDRESS.fullmatch(found[0]) else "point"]
        join = dot if tongue.code == "zh" else f" {dot} "
        return (f"{found[1]} " if found[1] else "") + join.join(tongue.number(part) for part in found[2].split("."))

    text = text.sub(VERSION, said)
    return text.sub(LETTERED_VERSION, lambda found: f"V {tongue.number(found[1])}")


@cache
def _either(signs: tuple[str, ...]) -> str:
    return "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))


def _money(text: Mapped, tongue: Tongue) -> Mapped:
    figure, money, scales = FIGURE[tongue.point], tongue.words.money, tongue.words.scales
    signs, scaled = _either(tuple(money)), _either(tuple(scales))
    end = "" if tongue.code == "zh" else r"(?![\w])"
    ahead = _either(tuple(sign for sign in money if not sign[0].islower()))
    before = rule(rf"([-−–](?=[\W_]?))?(?<![\w])({ahead})\s?({figure})(?:\s?({scaled}){end})?")
    after = rule(rf"({MINUS})({figure})\s?(?:({scaled})\s?)?({signs}){end}")

    def said(minus: str | None, amount: str, scale: str | None, sign: str) -> str:
        words = tongue.money(plain(amount, tongue.point), sign, scales[scale] if scale else "")
        return (f"{tongue.words.spoken['minus']} " if minus else "") + words

    text = text.sub(before, lambda found: said(found[1], found[3], found[4], found[2]))
    return text.sub(after, lambda found: said(found[1], found[2], found[3], found[4]))


def _measures(text: Mapped, tongue: Tongue) -> Mapped:
    figure, units = FIGURE[tongue.point], tongue.words.units
    signs = _either(tuple(units))
    pattern = rule(rf"({MINUS})({figure})(?:\s?[-–—~]\s?({figure}))?(?:[\s-]?)({signs})(?![\w])")
    percent = rule(rf"({MINUS})({figure})(?:[%]?\s?[-–—~]\s?({figure}))?\s?([%‰])")

    def said(found: "re.Match[str]") -> str:
        amount, last, sign = (found[1] and "-") + plain(found[2], tongue.point), found[3], found[4]
        if sign in "%‰" and sign not in units:
            return _percent(amount, last, sign, tongue)
        if not last:
            return tongue.counted(amount, units[sign])
        return tongue.between(tongue.number(amount), tongue.counted(plain(last, tongue.point), units[sign]))

    return text.sub(percent, said).sub(pattern, said)


def _percent(amount: str, last: str | None, sign: str, tongue: Tongue) -> str:
    name, ends = tongue.words.signs[sign], [amount, *([plain(last, tongue.point)] if last else [])]
    if tongue.code == "zh":
        return "到".join(f"{'负' if end.startswith('-') else ''}{name}{tongue.number(end.lstrip('-'))}" for end in ends)
    said = [tongue.number(end) for end in ends]
    return f"{tongue.between(*said) if last else said[0]} {name}"


def _fractions(text: Mapped, tongue: Tongue) -> Mapped:
    both = {"en": " and ", "ru": " и ", "zh": "又"}[tongue.code]

    def said(whole: str | None, over: int, under: int) -> str | None:
        if not 0 < over < under:
            return None
        words = tongue.fraction(over, under)
        if whole and tongue.code == "en" and over == 1:
            words = words.replace("one ", "a ")
        return (f"{tongue.number(whole)}{both}" if whole else "") + words

    text = text.sub(MIXED, lambda found: said(found[1], *VULGAR[found[2]]))
    return text.sub(FRACTION, lambda found: said(found[1], int(found[2]), int(found[3])))


def _ordinals(text: Mapped, tongue: Tongue) -> Mapped:
    if tongue.code == "zh":
        return text.sub(CHINESE_ORDINAL, lambda found: f"第{tongue.number(found[1])}")
    if isinstance(tongue, Russian):
        text = text.sub(COMPOUND, lambda found: tongue.joined(int(found[1])))
        return text.sub(RUSSIAN_ORDINAL, lambda found: tongue.ended(int(found[1]), found[2]))
    text = text.sub(ENGLISH_ORDINAL, lambda found: tongue.ordinal(int(found[1].replace(",", ""))))
    return text.sub(DECADE, lambda found: _decade(int(found[1]), tongue))


def _decade(year: int, tongue: Tongue) -> str:
    said = tongue.year(year)
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def _years(text: Mapped, tongue: Tongue) -> Mapped:
    if tongue.code != "en":
        return text
    text = text.sub(FEET, lambda found: _feet(found, tongue))
    text = text.sub(YEARS, lambda found: f"{tongue.year(int(found[1]))} to {tongue.year(int(found[2]))}")
    return text.sub(YEAR_AFTER, lambda found: tongue.year(int(found[1])))


def _feet(found: "re.Match[str]", tongue: Tongue) -> str:
    said = tongue.counted(found[1], ("foot", "feet"))
    return f"{said} {tongue.number(found[2])}" if found[2] else said


def _ranges(text: Mapped, tongue: Tongue) -> Mapped:
    figure = FIGURE[tongue.point]
    pattern = rule(rf"(?<![\w.,–-])({figure})\s?[–—~-]\s?({figure})(?![\w–-])")
    text = text.sub(MULTIPLIED, lambda _: {"en": " by ", "ru": " на ", "zh": "乘"}[tongue.code])

    def said(found: "re.Match[str]") -> str:
        return tongue.between(*(tongue.number(plain(part, tongue.point)) for part in found.groups()))

    return text.sub(pattern, said)


def _numbers(text: Mapped, tongue: Tongue) -> Mapped:
    pattern = rule(rf"({MINUS})({FIGURE[tongue.point]})")
    text = text.sub(SCIENTIFIC, lambda found: _power(found, tongue)).sub(CODE, lambda _: " ")

    def said(found: "re.Match[str]") -> str:
        if tongue.code == "zh" and found[0] == "2" and found.string[found.end() :].lstrip()[:1] in BY_PAIRS:
            return PAIR
        return _apart(found, tongue.number((found[1] and "-") + plain(found[2], tongue.point)), tongue)

    if tongue.code == "zh":
        text = text.sub(IDENTIFIED, lambda found: found[1] + tongue.phone([found[2]]))
    else:
        text = text.sub(CODED, lambda found: found[1] + one_by_one(tongue.words, found[2]))
    return text.sub(pattern, said).sub(
        rule(r"\d+"), lambda found: _apart(found, one_by_one(tongue.words, found[0]), tongue)
    )


def _power(found: "re.Match[str]", tongue: Tongue) -> str:
    power = {"en": "times ten to the power of", "ru": "на десять в степени", "zh": "乘以十的"}[tongue.code]
    gap, after = ("", "次方") if tongue.code == "zh" else (" ", "")
    exponent = tongue.number(found[2].lstrip("+").replace("+", ""))
    return f"{tongue.number(found[1])}{gap}{power}{gap}{exponent}{after}"


def _apart(found: "re.Match[str]", words: str, tongue: Tongue) -> str:
    """Words that don't run into the letters beside the figure."""
    if tongue.code == "zh":
        return words
    text, start, end = found.string, found.start(), found.end()
    before = " " if start and text[start - 1].isalpha() else ""
    return before + words + (" " if end < len(text) and text[end].isalpha() else "")
