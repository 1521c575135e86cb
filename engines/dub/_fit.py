"""A line spoken into its slot: said faster first, then the silence after it is borrowed, then it is stretched; never made slower."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engines.audio.stretch import stretched

SPARE = 1.02
"""A voice that is asked for a rate comes near it only."""
BEFORE_NEXT_S = 0.08
CLOSE_S = 0.02
Say = Callable[[float], tuple[np.ndarray, int]]


@dataclass(frozen=True)
class Fit:
    """``samples`` float32 (n,) at ``rate``; ``faster`` is the rate of speaking, ``stretch`` the factor of time taken out afterwards;
    ``borrowed_s`` is what goes beyond the slot into silence, ``overflow_s`` what goes beyond that.
    """

    samples: np.ndarray
    rate: int
    faster: float = 1.0
    stretch: float = 1.0
    borrowed_s: float = 0.0
    overflow_s: float = 0.0

    @property
    def action(self) -> str:
        if self.overflow_s:
            return "overflow"
        if self.stretch > 1:
            return "stretched"
        if self.borrowed_s:
            return "borrowed"
        return "faster" if self.faster > 1 else "kept"


def fit(say: Say, slot_s: float, room_s: float, fastest: float, most_stretch: float) -> Fit:
    """``say`` speaks the line at a rate; ``slot_s`` is its own time, ``room_s`` the time up to the next line."""
    samples, rate = say(1.0)
    room_s = max(room_s, slot_s)
    faster = 1.0
    if len(samples) / rate > slot_s and fastest > 1:
        natural = len(samples) / rate
        faster = min(natural / slot_s * SPARE, fastest)
        samples, rate = say(faster)
        late = len(samples) / rate / slot_s
        if late > 1 and faster < fastest:
            faster = min(faster * late * SPARE, fastest)
            samples, rate = say(faster)
    seconds = len(samples) / rate
    stretch = 1.0
    if seconds > room_s:
        stretch = min(seconds / room_s, most_stretch)
        samples = stretched(samples, rate, int(len(samples) / stretch))
        seconds = len(samples) / rate
    over = max(0.0, seconds - room_s)
    over = over if over > CLOSE_S else 0.0
    borrowed = max(0.0, min(seconds, room_s) - slot_s)
    return Fit(samples, rate, round(faster, 4), round(stretch, 4), round(borrowed, 3), round(over, 3))
