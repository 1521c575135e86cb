"""Waking those who wait for a job, or for work, as soon as this process changes something."""

import os
import threading
import weakref
from functools import partial

QUEUE = ""
"""The signal for whatever changes the queue: a new job, a taken one, one that ended."""
BUCKETS = 512


class Signals:
    """Counters that only go up, and a way to wait until one has moved. Names share counters: a wake may be a false
    alarm.
    """

    def __init__(self) -> None:
        self.renew()
        os.register_at_fork(after_in_child=partial(_renew, weakref.ref(self)))

    def renew(self) -> None:
        """Start again, with a lock that nobody holds."""
        self._condition = threading.Condition()
        self._counts = [0] * BUCKETS

    def fire(self, name: str) -> None:
        with self._condition:
            self._counts[hash(name) % BUCKETS] += 1
            self._condition.notify_all()

    def count(self, *names: str) -> int:
        """How often these have fired: ask for it before you look at what they tell about."""
        return sum(self._counts[hash(name) % BUCKETS] for name in names)

    def wait(self, seen: int, timeout: float, *names: str) -> None:
        """Until the count of ``names`` isn't ``seen`` any more, at most ``timeout`` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self.count(*names) != seen, timeout)


def _renew(signals: "weakref.ref[Signals]") -> None:
    """In a forked child the lock may be held by a thread that doesn't exist there."""
    if (mine := signals()) is not None:
        mine.renew()
