"""Moving items through stages: bounded, in order, several in flight, and everything stopped when anything breaks."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from engines.media.segments import Place, State

WAIT_S = 0.1


@dataclass(frozen=True)
class Map:
    """A stage without memory: ``fn`` is called on several threads at once, results keep their order."""

    fn: Callable[[Any], Any]


class Ordered(Protocol):
    """A stage with memory. ``state`` must hold all of it (arrays and numbers), so that ``restore`` goes on identically."""

    def __call__(self, item: Any, /) -> Iterable[Any]: ...
    def flush(self) -> Iterable[Any]: ...
    def state(self) -> State: ...
    def restore(self, state: State, /) -> None: ...


@dataclass(frozen=True)
class Fold:
    """A stage that sees the items one after the other; it may give none, one or several for each.

    ``held`` is for a stage that waits to see what comes: the number of items that it still has to give for those it has seen.
    A mark passes behind them, with the state from when it came; what they were made from needn't be in that state.
    """

    obj: Ordered
    held: Callable[[], int] = lambda: 0


@dataclass
class Mark:
    """A place in the stream from which an interrupted run can go on; ordered stages leave their state in it as it passes."""

    place: Place
    states: list[State] = field(default_factory=list)


def mapped(stage: Map, items: Iterable[Any], pool: Executor, window: int) -> Iterator[Any]:
    """Apply a Map with up to ``window`` items in flight; marks pass in their place."""
    waiting: deque[Future[Any] | Mark] = deque()

    def ready(item: Future[Any] | Mark) -> Any:
        return item if isinstance(item, Mark) else item.result()

    try:
        for item in items:
            waiting.append(item if isinstance(item, Mark) else pool.submit(stage.fn, item))
            if len(waiting) >= window:
                yield ready(waiting.popleft())
        while waiting:
            yield ready(waiting.popleft())
    finally:
        for left in waiting:
            if isinstance(left, Future):
                left.cancel()


def folded(stage: Fold, items: Iterable[Any]) -> Iterator[Any]:
    """Apply a Fold; at a mark its state is copied, and the mark goes on when everything before it has."""
    given = 0
    marks: deque[tuple[int, Mark]] = deque()
    for item in items:
        if isinstance(item, Mark):
            item.states.append({name: np.array(value) for name, value in stage.obj.state().items()})
            marks.append((given + stage.held(), item))
        else:
            for made in stage.obj(item):
                yield made
                given += 1
                yield from _passing(marks, given)
        yield from _passing(marks, given)
    for made in stage.obj.flush():
        yield made
        given += 1
        yield from _passing(marks, given)


def _passing(marks: "deque[tuple[int, Mark]]", given: int) -> Iterator[Mark]:
    while marks and marks[0][0] <= given:
        yield marks.popleft()[1]


def through(stages: Sequence[Map | Fold], items: Iterable[Any]) -> list[Any]:
    """A few items through stages, one after the other."""
    for stage in stages:
        items = map(stage.fn, items) if isinstance(stage, Map) else _each(stage, items)
    return list(items)


def _each(stage: Fold, items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        yield from stage.obj(item)
    yield from stage.obj.flush()


class Stopped(Exception):
    """The other side of a Belt has gone."""


class Belt:
    """A bounded queue between two threads, with an end and a way to break it from either side."""

    def __init__(self, size: int) -> None:
        self._queue: queue.Queue[tuple[str, Any]] = queue.Queue(size)
        self._stop = threading.Event()

    def put(self, item: Any, kind: str = "item") -> None:
        """Raises Stopped once the belt was stopped."""
        while not self._stop.is_set():
            try:
                self._queue.put((kind, item), timeout=WAIT_S)
                return
            except queue.Full:
                continue
        raise Stopped

    def end(self) -> None:
        self.put(None, "end")

    def fail(self, error: BaseException) -> None:
        self.put(error, "error")

    def stop(self) -> None:
        self._stop.set()

    def __iter__(self) -> Iterator[Any]:
        """Items until the end; an error that the other side put in is raised here."""
        while True:
            try:
                kind, item = self._queue.get(timeout=WAIT_S)
            except queue.Empty:
                if self._stop.is_set():
                    raise Stopped from None
                continue
            if kind == "end":
                return
            if kind == "error":
                raise item
            yield item


def produce(items: Callable[[], Iterator[Any]], belt: Belt) -> threading.Thread:
    """Start a thread that puts ``items()`` on the belt; its error arrives at the belt's reader."""

    def work() -> None:
        try:
            for item in items():
                belt.put(item)
            belt.end()
        except Stopped:
            return
        except BaseException as error:  # handed to the reader, who raises it
            _tell(belt, error)

    thread = threading.Thread(target=work, name="decode", daemon=True)
    thread.start()
    return thread


def _tell(belt: Belt, error: BaseException) -> None:
    try:
        belt.fail(error)
    except Stopped:
        return
