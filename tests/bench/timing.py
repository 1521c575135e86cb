"""How fast something is."""

import time
from collections.abc import Callable


def rate(work: Callable[[], int], repeats: int) -> float:
    """Best frames a second of several runs; ``work`` gives the number of frames that it did."""
    best = 0.0
    for _ in range(repeats):
        began = time.perf_counter()
        frames = work()
        best = max(best, frames / (time.perf_counter() - began))
    return best
