"""Waiting for a state instead of a moment: patient enough for a loaded machine, and it ends."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 120.0
LOOK_EVERY_S = 0.02
T = TypeVar("T")


def until(condition: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """The first true value of ``condition``; an AssertionError where it doesn't come in ``patience_s`` seconds."""
    end = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < end, f"nothing came in {patience_s:.0f} s; the last look gave {found!r}"
        time.sleep(LOOK_EVERY_S)
    return found
