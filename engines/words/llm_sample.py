"""Which token comes next: what a schema allows of it, and chance."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.arrays import Floats

MOST_LIKELY = 64
"""Tokens among which is chosen where the model's own settings don't say."""
SPACES: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""JSON as models have mostly read it."""


def pick(scores: Floats, chance: np.random.Generator, temperature: float, most: int = 0, mass: float = 1.0) -> int:
    """A token by its chance at a temperature (0 takes the likeliest), among the ``most`` likeliest (0: 64) and, of these, the fewest
    that have ``mass`` (0..1] of the chances. ``scores`` are float32 V, -inf for what can't be.
    """
    most = min(most or MOST_LIKELY, len(scores))
    few = np.sort(np.argpartition(-scores, most - 1)[:most])
    few = few[np.argsort(-scores[few], kind="stable")]
    if temperature <= 0:
        return int(few[0])
    chances = np.exp((scores[few] - scores[few[0]]).astype(np.float64) / temperature)
    sums = np.cumsum(chances / chances.sum())
    last = int(np.searchsorted(sums, min(mass, sums[-1])))
    return int(few[np.searchsorted(sums[: last + 1], chance.random() * sums[last], side="right").clip(max=last)])


class Guide:
    """Follows an answer token by token, and knows which may come next, so that it becomes JSON of a schema."""

    def __init__(self, tokens: Any, schema: Mapping[str, Any]) -> None:
        """``tokens`` as llguidance knows the model's. Raises ValueError for a schema that can't be followed."""
        from llguidance import LLMatcher

        self._matcher = LLMatcher(tokens, LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=SPACES))
        self._size = int(tokens.vocab_size)
        self._sure()

    @property
    def over(self) -> bool:
        """Whether the answer is whole."""
        return bool(self._matcher.is_stopped())

    def allowed(self) -> NDArray[np.bool_]:
        """Bool V."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        return np.unpackbits(bits, count=self._size, bitorder="little").astype(bool)

    def take(self, token: int) -> list[int]:
        """Go on by a token. The tokens that must follow it, whatever the model thinks; they are taken, too."""
        self._matcher.consume_token(token)
        self._sure()
        forced = [] if self.over else list(self._matcher.compute_ff_tokens())
        if forced:
            self._matcher.consume_tokens(forced)
            self._sure()
        return forced

    def begin(self) -> list[int]:
        """The tokens with which every answer begins; they are taken."""
        forced = list(self._matcher.compute_ff_tokens())
        self._matcher.consume_tokens(forced)
        self._sure()
        return forced

    def _sure(self) -> None:
        if self._matcher.is_error():
            raise ValueError(self._matcher.get_error())
