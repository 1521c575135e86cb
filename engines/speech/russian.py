"""How Russian says figures: gender and case come from what is counted."""

from collections.abc import Sequence

from num2words import num2words

from engines.speech.tongue import MOST_DIGITS, one_by_one, words

TENTHS = (("десятая", "десятых"), ("сотая", "сотых"), ("тысячная", "тысячных"))
PARTS = {3: ("треть", "трети", "третей", "f"), 4: ("четверть", "четверти", "четвертей", "f")}
CASES = {"": "n", "а": "g", "у": "d", "е": "p", "ом": "i", "ов": "g", "ах": "p", "ами": "i"}
YEAR_CASES = {"год": "n", "года": "g", "году": "p", "годом": "i", "г.": "p", "гг.": "n"}


class Russian:
    code = "ru"
    point = ","
    words = words("ru")

    def number(self, amount: str, gender: str = "m") -> str:
        whole, _, part = amount.partition(".")
        minus, whole = ("минус ", whole[1:]) if whole.startswith("-") else ("", whole)
        if len(whole) > MOST_DIGITS or (len(whole) > 1 and whole.startswith("0") and not part):
            return minus + one_by_one(self.words, whole) + (f" и {one_by_one(self.words, part)}" if part else "")
        if not part:
            return minus + self._whole(int(whole or 0), gender)
        ones = f"{self._whole(int(whole or 0), 'f')} {self._form(int(whole or 0), ('целая', 'целых', 'целых'))}"
        if len(part) > len(TENTHS):
            return f"{minus}{ones} и {one_by_one(self.words, part)}"
        one, many = TENTHS[len(part) - 1]
        return f"{minus}{ones} {self._whole(int(part), 'f')} {self._form(int(part), (one, many, many))}"

    def _whole(self, number: int, gender: str = "m", case: str = "n") -> str:
        return str(num2words(number, lang="ru", gender=gender, case=case))

    @staticmethod
    def _form(number: int, forms: Sequence[str]) -> str:
        """One of three forms: 1 рубль, 2 рубля, 5 рублей."""
        last, lasts = abs(number) % 10, abs(number) % 100
        if last == 1 and lasts != 11:
            return forms[0]
        return forms[1] if 2 <= last <= 4 and not 12 <= lasts <= 14 else forms[2]

    def ordinal(self, number: int, gender: str = "m", case: str = "n", *, plural: bool = False) -> str:
        return str(num2words(number, lang="ru", to="ordinal", gender=gender, case=case, plural=plural))

    def ended(self, number: int, ending: str) -> str:
        """An ordinal with the ending that stands behind its figures: 5-й, 2-я, 90-е, 3-го."""
        for plural, gender in ((False, "m"), (False, "f"), (False, "n"), (True, "m")):
            for case in "ngdapi":
                said = self.ordinal(number, gender, case, plural=plural)
                if said.endswith(ending) and (plural or ending not in ("е", "х") or number < 10 or number % 10):
                    return said
        return self.number(str(number))

    def joined(self, number: int) -> str:
        """A number as the beginning of a word: пятидесяти(летие)."""
        said = self._whole(number, "m", "g").replace(" ", "")
        for end, whole in (("одного", "одно"), ("девяноста", "девяносто"), ("ста", "сто")):
            if said.endswith(end):
                return said.removesuffix(end) + whole
        return said

    def year(self, number: int, case: str = "n") -> str:
        return self.ordinal(number, "m", case)

    def date(self, year: int | None, month: int, day: int | None) -> str:
        if day is None:
            name = self.words.more["months_alone"][month - 1]
            return f"{name} {self.year(year, 'g')} года" if year is not None else name
        said = f"{self.ordinal(day, 'n', 'g')} {self.words.months[month - 1]}"
        return f"{said} {self.year(year, 'g')} года" if year is not None else said

    def time(self, hour: int, minute: int, second: int | None, half: str) -> str:
        said = [self.counted(str(hour), ("час", "часа", "часов"))]
        if minute or second is not None:
            said.append(self.counted(str(minute), ("минута", "минуты", "минут", "f")))
        if second is not None:
            said.append(self.counted(str(second), ("секунда", "секунды", "секунд", "f")))
        if half:
            said.append("утра" if half.startswith("a") else "дня" if hour < 5 or hour == 12 else "вечера")
        return " ".join(said)

    def counted(self, amount: str, forms: Sequence[str]) -> str:
        gender = forms[3] if len(forms) > 3 else "m"
        if "." in amount:
            return f"{self.number(amount)} {forms[1]}"
        return f"{self.number(amount, gender)} {self._form(int(amount), forms)}"

    def money(self, amount: str, sign: str, scale: str) -> str:
        forms = self.words.money[sign]
        whole, _, part = amount.partition(".")
        if scale:
            named = self.words.more["scale_forms"][scale]
            return f"{self.counted(amount, named)} {forms[2]}"
        if len(part) == 2 and sign in self.words.cents:
            said = [self.counted(whole or "0", forms)]
            if int(part):
                said.append(self.counted(str(int(part)), self.words.cents[sign]))
            return " ".join(said)
        return self.counted(amount, forms)

    def fraction(self, over: int, under: int) -> str:
        if (over, under) == (1, 2):
            return "одна вторая"
        if under in PARTS:
            return self.counted(str(over), PARTS[under])
        said = self._whole(over, "f")
        return f"{said} {self.ordinal(under, 'f') if said.endswith('одна') else self.ordinal(under, 'm', 'g', plural=True)}"

    def between(self, first: str, last: str) -> str:
        return f"{first} — {last}"

    def phone(self, groups: Sequence[str]) -> str:
        return ", ".join(self._group(group) for group in groups)

    def _group(self, figures: str) -> str:
        zeros = len(figures) - len(figures.lstrip("0"))
        said = [self.words.digits[0]] * zeros
        rest = figures[zeros:]
        return " ".join(
            [*said, *([self.number(rest) if len(rest) < 4 else one_by_one(self.words, rest)] if rest else [])]
        )

    def century(self, number: int, after: str) -> str:
        """``after`` is the form of век that follows, with its space."""
        case = CASES.get(after.strip().removeprefix("век"), "n")
        return f"{self.ordinal(number, 'm', case, plural=after.strip() in ('века,', 'веков'))}{after}"
