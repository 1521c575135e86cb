"""Objects that one thread at a time may use, made when they are missing, kept and lent again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class Lent(Generic[T]):
    """Lends what ``make`` makes. MediaPipe's graphs and dlib's networks serve one call at a time."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._idle: SimpleQueue[T] = SimpleQueue()

    @contextmanager
    def one(self) -> Iterator[T]:
        try:
            thing = self._idle.get_nowait()
        except Empty:
            thing = self._make()
        try:
            yield thing
        finally:
            self._idle.put(thing)
