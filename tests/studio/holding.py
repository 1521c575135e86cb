"""Stopping the test engines at a step, so that a test acts at a known place however slow the machine is."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from studio.run import Run

LOOK_EVERY_S = 0.01


@contextmanager
def held_at(data: Path, step: int) -> Iterator[Callable[[], None]]:
    """Every engine of a studio with this data folder stays at ``step`` until the block ends, or the given function is
    called; it goes on reporting there, and so can be cancelled and gives way.
    """
    mark = data / "hold"
    mark.write_text(str(step), encoding="ascii")
    try:
        yield lambda: mark.unlink(missing_ok=True)
    finally:
        mark.unlink(missing_ok=True)


def stay(run: Run, step: int, report: Callable[[], None]) -> None:
    """For an engine that has come to ``step``: stay there while a test holds it."""
    mark = run.workdir.parents[1] / "hold"
    while _held(mark) == step:
        report()
        time.sleep(LOOK_EVERY_S)


def _held(mark: Path) -> int | None:
    try:
        return int(mark.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
