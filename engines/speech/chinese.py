"""How Chinese says figures."""

from collections.abc import Sequence

from engines.speech.tongue import MOST_DIGITS, words

GROUP = 10_000
UNITS = ("", "十", "百", "千")
GROUPS = ("", "万", "亿", "万亿")
TWO, PAIR = "二", "两"
NOON = 12
DAY_PARTS = ((5, "凌晨"), (11, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))


class Chinese:
    code = "zh"
    point = "."
    words = words("zh")

    def number(self, amount: str) -> str:
        whole, _, part = amount.partition(".")
        minus, whole = ("负", whole[1:]) if whole.startswith("-") else ("", whole)
        if len(whole) > MOST_DIGITS or (len(whole) > 1 and whole.startswith("0") and not part):
            said = self._digits(whole)
        else:
            said = self._whole(int(whole or 0))
        return minus + said + (f"点{self._digits(part)}" if part else "")

    def _digits(self, figures: str) -> str:
        return "".join(self.words.digits[int(digit)] for digit in figures)

    def _whole(self, number: int) -> str:
        if number == 0:
            return self.words.digits[0]
        said, level, gap = "", 0, False
        while number:
            number, part = divmod(number, GROUP)
            if part:
                zero = self.words.digits[0] if gap and said else ""
                named = PAIR if part == 2 and level else self._group(part)
                said = named + GROUPS[level] + zero + said
                gap = part < GROUP // 10
            else:
                gap = bool(said)
            level += 1
        return said.removeprefix("一") if said.startswith("一十") else said

    def _group(self, part: int) -> str:
        """A number under ten thousand; 十 in front is 一十 here."""
        said, gap = "", False
        for place in (3, 2, 1, 0):
            digit = part // 10**place % 10
            if digit:
                zero = self.words.digits[0] if gap and said else ""
                named = PAIR if digit == 2 and place > 1 else self.words.digits[digit]
                said += zero + named + UNITS[place]
                gap = False
            else:
                gap = True
        return said

    def ordinal(self, number: int) -> str:
        return f"第{self.number(str(number))}"

    def year(self, number: int) -> str:
        return self._digits(str(number))

    def date(self, year: int | None, month: int, day: int | None) -> str:
        said = [f"{self.year(year)}年"] if year is not None else []
        said.append(self.words.months[month - 1])
        if day is not None:
            said.append(f"{self.number(str(day))}日")
        return "".join(said)

    def time(self, hour: int, minute: int, second: int | None, half: str) -> str:
        name = ""
        if half:
            hour = hour % NOON + (NOON if half.lower().startswith("p") else 0)
            name = next(name for until, name in DAY_PARTS if hour < until)
            hour = hour - NOON if hour > NOON else hour
        said = name + (PAIR if hour == 2 else self.number(str(hour))) + "点"
        if minute:
            said += ("零" if minute < 10 else "") + self.number(str(minute)) + "分"
        elif second is None and not half:
            said += "整"
        return said + (f"{self.number(str(second))}秒" if second is not None else "")

    def counted(self, amount: str, forms: Sequence[str]) -> str:
        return f"{PAIR if amount == '2' else self.number(amount)}{forms[0]}"

    def money(self, amount: str, sign: str, scale: str) -> str:
        return f"{self.number(amount)}{scale}{self.words.money[sign][0]}"

    def fraction(self, over: int, under: int) -> str:
        return f"{self.number(str(under))}分之{self.number(str(over))}"

    def between(self, first: str, last: str) -> str:
        return f"{first}到{last}"

    def phone(self, groups: Sequence[str]) -> str:
        spoken = (
            "".join("幺" if digit == "1" else self.words.digits[int(digit)] for digit in group) for group in groups
        )
        return "，".join(spoken)

    def century(self, number: int, after: str) -> str:
        return f"{self.number(str(number))}{after}"
