"""Batches out of single calls: what threads ask for while the device is busy is done together in the next turn."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")
Key = TypeVar("Key")


class Gather(Generic[Asked, Given, Key]):
    """Turns ``work`` on batches into a function of one item, to be called from several threads at once.

    Nobody waits for a batch to fill: the first caller works alone, those who come meanwhile share the next turn, as far
    as their items have one ``key``, and at most ``most(key)`` of them. What ``work`` raises is raised to everyone whose
    item was in the batch.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Asked]], Sequence[Given]],
        key: Callable[[Asked], Key],
        most: Callable[[Key], int],
    ) -> None:
        self._work, self._key, self._most = work, key, most
        self._waiting: deque[tuple[Asked, Future[Given]]] = deque()
        self._turn = threading.Lock()

    def __call__(self, item: Asked) -> Given:
        mine: Future[Given] = Future()
        self._waiting.append((item, mine))
        while not mine.done():
            with self._turn:
                if not mine.done():
                    self._take_turn()
        return mine.result()

    def _take_turn(self) -> None:
        batch = [self._waiting.popleft()]
        key = self._key(batch[0][0])
        while self._waiting and len(batch) < self._most(key) and self._key(self._waiting[0][0]) == key:
            batch.append(self._waiting.popleft())
        try:
            results = self._work([item for item, _ in batch])
        except BaseException as error:  # raised again by the threads that asked
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)
