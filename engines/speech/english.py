"""How English says figures."""

from collections.abc import Sequence

from num2words import num2words

from engines.speech.tongue import MOST_DIGITS, one_by_one, words

FIRST_PAIRS, LAST_PAIRS = 1100, 2100
"""Years between these are said in pairs: nineteen eighty-four."""


class English:
    code = "en"
    point = "."
    words = words("en")

    def number(self, amount: str) -> str:
        whole, _, part = amount.partition(".")
        minus, whole = ("minus ", whole[1:]) if whole.startswith("-") else ("", whole)
        if len(whole) > MOST_DIGITS or (len(whole) > 1 and whole.startswith("0") and not part):
            said = one_by_one(self.words, whole)
        else:
            said = str(num2words(int(whole or 0))).replace(",", "")
        return minus + said + (f" point {one_by_one(self.words, part)}" if part else "")

    def ordinal(self, number: int) -> str:
        return str(num2words(number, to="ordinal")).replace(",", "")

    def year(self, number: int) -> str:
        if FIRST_PAIRS <= number < LAST_PAIRS and not 2000 <= number < 2010:
            return str(num2words(number, to="year"))
        return self.number(str(number))

    def date(self, year: int | None, month: int, day: int | None) -> str:
        said = [self.words.months[month - 1]]
        if day is not None:
            said.append(self.ordinal(day))
        if year is not None:
            said[-1] += "," if day is not None else ""
            said.append(self.year(year))
        return " ".join(said)

    def time(self, hour: int, minute: int, second: int | None, half: str) -> str:
        shown = hour if hour or not half else 12
        said = [self.number(str(shown))]
        if minute:
            said.append(self.number(str(minute)) if minute > 9 else f"oh {self.number(str(minute))}")
        elif not half:
            said.append("o'clock" if 0 < hour <= 12 else "hundred" if hour else "hundred hours")
        if second is not None:
            said.append("and " + self.counted(str(second), ("second", "seconds")))
        return " ".join([*said, *([" ".join(half.upper())] if half else [])])

    def counted(self, amount: str, forms: Sequence[str]) -> str:
        return f"{self.number(amount)} {forms[0] if amount.lstrip('-') == '1' else forms[1]}"

    def money(self, amount: str, sign: str, scale: str) -> str:
        forms = self.words.money[sign]
        whole, _, part = amount.partition(".")
        if scale:
            return f"{self.number(amount)} {scale} {forms[1]}"
        if len(part) == 2 and sign in self.words.cents:
            said = [self.counted(whole, forms)] if whole.lstrip("-0") or not part.lstrip("0") else []
            if int(part):
                said.append(self.counted(str(int(part)), self.words.cents[sign]))
            return " and ".join(said)
        return self.counted(amount, forms)

    def fraction(self, over: int, under: int) -> str:
        if under == 2:
            return self.counted(str(over), ("half", "halves"))
        named = "quarter" if under == 4 else self.ordinal(under)
        return self.counted(str(over), (named, f"{named}s"))

    def between(self, first: str, last: str) -> str:
        return f"{first} to {last}"

    def phone(self, groups: Sequence[str]) -> str:
        return ", ".join(one_by_one(self.words, group) for group in groups)

    def century(self, number: int, after: str) -> str:
        return f"{self.ordinal(number)}{after}"
