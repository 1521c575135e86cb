"""What answers have cost: tokens, and dollars where ``assets/llm/prices.toml`` knows the server's price for the model."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from engines.words.llm_stream import Answer
from engines.words.llm_texts import FOLDER

MILLION = 1_000_000
DATED = re.compile(r"-\d{4}(-\d{2}-\d{2})?$")
"""What ends the name of a model's dated version."""


@dataclass
class Tally:
    """Tokens and price of all answers of one server so far; ``cost`` in US dollars, None where one of them has no known price."""

    url: str
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None

    def add(self, answer: Answer) -> None:
        first = not self.model
        self.model = answer.model or self.model
        self.tokens_in += answer.tokens_in
        self.tokens_out += answer.tokens_out
        spent = price(self.url, answer.model, answer.tokens_in, answer.tokens_out)
        if spent is None:
            self.cost = None
        elif first or self.cost is not None:
            self.cost = (self.cost or 0.0) + spent


def price(url: str, model: str, tokens_in: int, tokens_out: int) -> float | None:
    """US dollars, or None where the price isn't known, or the server doesn't count."""
    found = _prices().get((urlsplit(url).hostname or "", DATED.sub("", model)))
    if found is None or not tokens_in:
        return None
    return (tokens_in * found[0] + tokens_out * found[1]) / MILLION


@cache
def _prices() -> Mapping[tuple[str, str], tuple[float, float]]:
    """Host and model → dollars for a million tokens that go in, and that come out."""
    table: Sequence[Mapping[str, Any]] = tomllib.loads((FOLDER / "prices.toml").read_text(encoding="utf-8"))["price"]
    return {(row["host"], row["model"]): (float(row["input"]), float(row["output"])) for row in table}
