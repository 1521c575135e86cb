"""How fast something is."""

import time
from collections.abc import Callable, Sequence


def rates(works: Sequence[Callable[[], int]], repeats: int) -> list[float]:
    """Best frames a second of each, run in turns: a machine whose speed drifts treats all alike."""
    best = [0.0] * len(works)
    for _ in range(repeats):
        for index, work in enumerate(works):
            best[index] = max(best[index], rate(work, 1))
    return best


def rate(work: Callable[[], int], repeats: int) -> float:
    """Best frames a second of several runs; ``work`` gives the number of frames that it did."""
    best = 0.0
    for _ in range(repeats):
        began = time.perf_counter()
        frames = work()
        best = max(best, frames / (time.perf_counter() - began))
    return best
