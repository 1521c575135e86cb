"""Work on pieces of a sound by several threads, taken in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

LOOK_S = 0.1
A = TypeVar("A")
B = TypeVar("B")


def ahead(work: Callable[[A], B], items: Iterable[A], threads: int, step: Callable[[], object]) -> Iterator[B]:
    """What ``work`` makes of each item, in their order, ``threads`` of them at once. ``step`` is called every tenth of a second while
    it waits; what it raises is raised at once, and what is under way then is thrown away.
    """
    pool = ThreadPoolExecutor(max(1, threads), thread_name_prefix="sound")
    begun: deque[Future[B]] = deque()
    try:
        for item in items:
            begun.append(pool.submit(work, item))
            if len(begun) > threads:
                yield _made(begun.popleft(), step)
        while begun:
            yield _made(begun.popleft(), step)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _made(future: "Future[B]", step: Callable[[], object]) -> B:
    while not future.done():
        step()
        try:
            return future.result(LOOK_S)
        except TimeoutError:
            continue
    return future.result()
