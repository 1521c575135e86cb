"""A plain Run for the pipeline's tests: a folder, threads, and what was reported."""

from collections.abc import Callable
from pathlib import Path

from studio.errors import Cancelled


class Steps:
    def __init__(self, workdir: Path, threads: int = 2, cancel_at: int | None = None) -> None:
        workdir.mkdir(parents=True, exist_ok=True)
        self.workdir = workdir
        self.threads = threads
        self.cancel_at = cancel_at
        self.seen: list[tuple[int, int | None]] = []

    def step(
        self, done: int, total: int | None, *, preview: Callable[[], bytes] | None = None, unit: str = "frames"
    ) -> None:
        self.seen.append((done, total))
        if self.cancel_at is not None and done >= self.cancel_at:
            raise Cancelled
