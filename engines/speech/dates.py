"""Dates, times of day, years and Roman numerals in words."""

import re
from datetime import date

from engines.speech.mapped import Mapped
from engines.speech.pattern import rule
from engines.speech.russian import YEAR_CASES, Russian
from engines.speech.tongue import Tongue

ISO = rule(r"(?<![\d.-])(\d{4})-(\d{2})-(\d{2})(?![\d-])(?:T(?=\d))?")
DOTTED = rule(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?![\d]|\.\d)(?:\s?г(?:ода|\.)?(?![\w]))?")
SLASHED = rule(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4})(?![\d/])")
YEAR_FIRST = rule(r"(?<![\d/])(\d{4})/(\d{1,2})/(\d{1,2})(?![\d/])")
TIME = rule(
    r"(?<![\d:.])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?![\d:])(?:\s?([ap])\.?\s?m\b\.?(?![\w]))?", re.IGNORECASE
)
HOUR = rule(r"(?<![\d:.])(1[0-2]|0?[1-9])\s?([ap])\.?m\b\.?(?![\w])", re.IGNORECASE)
SCORE = rule(r"(?<![\d:])(\d{1,3}):(\d{1,3})(?![\d:])")
ROMAN = r"(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
ENGLISH_MONTH = (
    r"(January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan\.?|Feb\.?|Mar\.|Apr\.?|Jun\.|Jul\.?|Aug\.?|Sept?\.?|Oct\.?|Nov\.?|Dec\.?)"
)
MONTH_DAY = rule(rf"\b{ENGLISH_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!:|\s*[ap]\.?m)(?:,?\s+(\d{{4}})\b)?")
DAY_MONTH = rule(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{ENGLISH_MONTH}(?:,?\s+(\d{{4}})\b)?")
MONTH_YEAR = rule(rf"\b{ENGLISH_MONTH},?\s+(\d{{4}})\b")
RUSSIAN_MONTH = "(января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря)"
UNTIL = rule(rf"\b([Пп]о) ([12]?\d|3[01])\s+{RUSSIAN_MONTH}\b(?!\s*\d)")
RUSSIAN_DATE = rule(
    rf"\b(\d{{1,2}})\s+{RUSSIAN_MONTH}\b"
    r"(?:\s+(\d{4})(?:\s*(?:года|г\.))?)?",
    re.IGNORECASE,
)
HOLIDAY = rule(r"\b([Сс]) (8|9|1|23) (Марта|Мая|Февраля)\b(?!\s*(?:по|до|\d))")
"""Those that are wished by their date: С 8 Марта! The month has a capital then."""
FROM_TO = rule(r"\b([Сс])\s+(\d{4})\s+(по|до)\s+(\d{4})\s+(год[ауы]?|гг?\.)(?![\w])")
RUSSIAN_YEAR = rule(
    r"(?<![\d.,])(\d{4})(?:\s*[-–—]\s*(\d{4}))?\s*(годами|годом|годах|годов|годы|года|году|год|гг\.|г\.)(?![\w])"
)
CHINESE_DATE = rule(r"(?<!\d)(\d{2,4})年(?:(\d{1,2})月)?(?:(\d{1,2})([日号]))?|(?<!\d)(\d{1,2})月(\d{1,2})([日号])")
MONTH_STEMS = frozenset(
    ["янв", "фев", "мар", "апр", "май", "мая", "мае", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"]
)
DAYS = 31
CENTURY_RU = rule(
    rf"(?<![\w])({ROMAN})(\s?[-–—]\s?({ROMAN}))?(\s+(?:веков|века[хм]?|веке|веком|веку|век|вв?\.))(?![\w])"
)
GIVEN_CENTURY = {" в.": " век", " вв.": " века"}


def dates(text: Mapped, tongue: Tongue, *, month_first: bool = True) -> Mapped:
    """Dates in words. ``month_first`` reads 3/4/2024 as the fourth of March."""

    def said(year: str | None, month: str | int, day: str | None) -> str | None:
        try:
            date(int(year or 2000), int(month), int(day or 1))
        except ValueError:
            return None
        return tongue.date(int(year) if year else None, int(month), int(day) if day else None)

    def slashed(found: "re.Match[str]") -> str | None:
        first, second = found[1], found[2]
        swap = (month_first and int(first) <= 12) or int(second) > 12
        return said(found[3], first if swap else second, second if swap else first)

    text = text.sub(ISO, lambda found: _spaced(said(found[1], found[2], found[3]), found))
    text = text.sub(YEAR_FIRST, lambda found: said(found[1], found[2], found[3]))
    text = text.sub(DOTTED, lambda found: said(found[3], found[2], found[1]))
    text = text.sub(SLASHED, slashed)
    if tongue.code == "en":
        months = {name[:3]: number for number, name in enumerate(tongue.words.months, 1)}
        text = text.sub(MONTH_DAY, lambda found: said(found[3], months[found[1][:3]], found[2]))
        text = text.sub(DAY_MONTH, lambda found: _day_of_month(found, months[found[2][:3]], tongue))
        text = text.sub(MONTH_YEAR, lambda found: tongue.date(int(found[2]), months[found[1][:3]], None))
    if isinstance(tongue, Russian):
        names = {name: number for number, name in enumerate(tongue.words.months, 1)}
        text = text.sub(
            HOLIDAY, lambda found: f"{found[1]} {tongue.ordinal(int(found[2]), 'n', 'i')} {found[3].lower()}"
        )
        text = text.sub(UNTIL, lambda found: f"{found[1]} {tongue.ordinal(int(found[2]), 'n')} {found[3]}")
        text = text.sub(RUSSIAN_DATE, lambda found: said(found[3], names[found[2].lower()], found[1]))
        text = text.sub(FROM_TO, lambda found: _from_to(found, tongue))
        text = text.sub(RUSSIAN_YEAR, lambda found: _russian_year(found, tongue))
    if tongue.code == "zh":
        text = text.sub(CHINESE_DATE, lambda found: _chinese_date(found, tongue))
    return text


def _spaced(said: str | None, found: "re.Match[str]") -> str | None:
    return said if said is None or not found[0].endswith("T") else f"{said}, "


def _day_of_month(found: "re.Match[str]", month: int, tongue: Tongue) -> str | None:
    day = int(found[1])
    if not 0 < day <= DAYS:
        return None
    if " of " not in found[0]:
        return tongue.date(int(found[3]) if found[3] else None, month, day)
    year = f", {tongue.year(int(found[3]))}" if found[3] else ""
    return f"{tongue.ordinal(day)} of {tongue.words.months[month - 1]}{year}"


def _from_to(found: "re.Match[str]", tongue: Tongue) -> str:
    assert isinstance(tongue, Russian)
    last = tongue.year(int(found[4]), "g" if found[3] == "до" else "n")
    word = {"г.": "год", "гг.": "годы"}.get(found[5], found[5])
    return f"{found[1]} {tongue.year(int(found[2]), 'g')} {found[3]} {last} {word}"


def _russian_year(found: "re.Match[str]", tongue: Tongue) -> str | None:
    assert isinstance(tongue, Russian)
    first, last, word = found.groups()
    named = {"г.": "год", "гг.": "годы"}.get(word, word)
    before = found.string[: found.start()].rstrip().rpartition(" ")[2].lower()
    if word == "г." and before in ("в", "во"):
        named = "году"
    if before in ("к", "ко", "по") and named == "году":
        return f"{tongue.year(int(first), 'd')} {named}"
    if word == "г." and before[:3] in MONTH_STEMS:
        named = "года"
    if word == "г." and before in ("с", "до", "от", "из", "после", "около"):
        named = "года"
    case = YEAR_CASES.get(named, "n")
    if last:
        return f"{tongue.year(int(first), case)} — {tongue.year(int(last), case)} {named}"
    if named in ("годы", "годов", "годах", "годами"):
        return None
    return f"{tongue.year(int(first), case)} {named}"


def _chinese_date(found: "re.Match[str]", tongue: Tongue) -> str:
    year, month, day, mark, month2, day2, mark2 = found.groups()
    month, day, mark = month or month2, day or day2, mark or mark2
    said = f"{tongue.number(year) if len(year) == 3 else tongue.year(int(year))}年" if year else ""
    said += tongue.words.months[int(month) - 1] if month and 0 < int(month) <= 12 else f"{month}月" if month else ""
    return said + (f"{tongue.number(str(int(day)))}{mark}" if day else "")


def times(text: Mapped, tongue: Tongue) -> Mapped:
    """Times of day, and scores such as 3:2, in words."""

    def said(found: "re.Match[str]") -> str | None:
        hour, minute, second, half = found.groups()
        if int(hour) > 24 or (half and int(hour) > 12):
            return None
        return tongue.time(
            int(hour), int(minute), int(second) if second else None, (half or "").lower() and f"{half.lower()}m"
        )

    between = tongue.words.spoken["ratio"]
    join = between if tongue.code == "zh" else f" {between} ".replace("  ", " ")
    scored = rule(rf"((?:{'|'.join(tongue.words.more['scores'])})\s?)(\d+):(\d+)(?![\d:])", re.IGNORECASE)
    text = text.sub(scored, lambda found: f"{found[1]}{tongue.number(found[2])}{join}{tongue.number(found[3])}")
    text = text.sub(TIME, said)
    text = text.sub(HOUR, lambda found: tongue.time(int(found[1]), 0, None, f"{found[2].lower()}m"))
    return text.sub(SCORE, lambda found: f"{tongue.number(found[1])}{join}{tongue.number(found[2])}")


def romans(text: Mapped, tongue: Tongue) -> Mapped:
    """Roman numerals where the words beside them say that they are such."""
    if not re.search(r"[IVXLCDMⅠ-ⅿ]", text.text):
        return text
    if isinstance(tongue, Russian):
        return _russian_romans(text, tongue)
    chapters, rulers = (tuple(tongue.words.more.get(name, ())) for name in ("chapters", "rulers"))
    if tongue.code == "zh":
        return text.sub(
            rule(rf"第({ROMAN})(?=[\u4e00-\u9fff])"), lambda found: f"第{tongue.number(str(value(found[1])))}"
        )
    if tongue.code == "en":
        century = rule(rf"(?<![\w])({ROMAN})(\s+[Cc]entur(?:y|ies))\b")
        text = text.sub(century, lambda found: tongue.century(value(found[1]), found[2]))
    text = text.sub(
        rule(rf"\b({'|'.join(chapters)})\s+({ROMAN})(?![\w-])"),
        lambda found: f"{found[1]} {tongue.number(str(value(found[2])))}",
    )
    return text.sub(
        rule(rf"\b({'|'.join(rulers)})\s+({ROMAN})(?![\w-])"),
        lambda found: f"{found[1]} the {tongue.ordinal(value(found[2]))}",
    )


def _russian_romans(text: Mapped, tongue: Russian) -> Mapped:
    more = tongue.words.more
    numbered, chapters = more["numbered"], more["chapter_forms"]

    def after(found: "re.Match[str]") -> str:
        return tongue.ordinal(value(found[1]), *numbered[found[2].strip()]) + found[2]

    text = text.sub(rule(rf"(?<![\w])({ROMAN})(\s+(?:{'|'.join(numbered)}))(?![\w])"), after)
    text = text.sub(CENTURY_RU, lambda found: _centuries(found, tongue))
    text = text.sub(
        rule(rf"\b({'|'.join(chapters)})\s+({ROMAN})(?![\w-])", re.IGNORECASE),
        lambda found: f"{found[1]} {tongue.ordinal(value(found[2]), *chapters[found[1].lower()])}",
    )
    return text.sub(
        rule(rf"\b({'|'.join(more['rulers'])})\s+({ROMAN})(?![\w-])"),
        lambda found: f"{found[1]} {_of_ruler(found[1], value(found[2]), tongue)}",
    )


def _of_ruler(name: str, number: int, tongue: Russian) -> str:
    she = name.startswith(("Екатерин", "Елизавет"))
    oblique = name.endswith(("ы",)) if she else name.endswith(("а", "я"))
    return tongue.ordinal(number, "f" if she else "m", "g" if oblique else "n")


def _centuries(found: "re.Match[str]", tongue: Tongue) -> str:
    after = found[4]
    before = found.string[: found.start()].rstrip().rpartition(" ")[2].lower()
    if after == " в.":
        after = (
            " веке"
            if before in ("в", "во")
            else " века"
            if before in ("с", "до", "начало", "конец", "середина")
            else " век"
        )
    if after == " вв." and before in ("в", "во"):
        after = " веках"
    after = GIVEN_CENTURY.get(after, after)
    if not found[3]:
        return tongue.century(value(found[1]), after)
    one = " веке" if after.strip() == "веках" else " веков" if after.strip() == "веков" else " век"
    first = tongue.century(value(found[1]), one).removesuffix(one)
    return f"{first} — {tongue.century(value(found[3]), one).removesuffix(one)}{after}"


def value(roman: str) -> int:
    """The number that a Roman numeral stands for."""
    sizes = [VALUES[letter] for letter in roman]
    pairs = zip(sizes, [*sizes[1:], 0], strict=True)
    return sum(size if size >= after else -size for size, after in pairs)
