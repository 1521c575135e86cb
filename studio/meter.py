"""How far a download is, and how fast."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

REPORT_S = 0.25
SPEED_WINDOW_S = 5.0


@dataclass(frozen=True)
class Progress:
    """Bytes so far and in all (None while unknown), bytes per second over the last five seconds, seconds to go."""

    done: int
    total: int | None
    bytes_per_s: float
    eta_s: float | None


class Meter:
    """Tells the progress at most four times a second, with the speed over the last seconds."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._seen: deque[tuple[float, int]] = deque()
        self._total: int | None = None
        self._told = 0.0

    def start(self, done: int, total: int | None) -> None:
        self._seen.clear()
        self._total = total
        self._told = 0.0
        self.count(done)

    def count(self, done: int, *, last: bool = False) -> None:
        now = time.monotonic()
        if now - self._told < REPORT_S and not last:
            return
        self._told = now
        self._seen.append((now, done))
        while now - self._seen[0][0] > SPEED_WINDOW_S:
            self._seen.popleft()
        first, base = self._seen[0]
        speed = (done - base) / (now - first) if now > first else 0.0
        left = None if self._total is None or not speed else max(0, self._total - done) / speed
        self._tell(Progress(done, self._total, speed, left))
