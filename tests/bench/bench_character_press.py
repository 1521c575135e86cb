"""What one press on an empty form costs: ``python -m tests.bench.bench_character_press [seed]``.

All seven steps of a character, 1024 x 1536 and enlarged twice, in a fresh process (libraries are read, engines are found), and the
same once more in the warm one. Prints wall and CPU seconds of each step.
"""

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STEPS = ("_tags", "_library", "_masks", "draw", "_kept", "_redefine", "_refine", "_enlarged")
Spent = dict[str, list[float]]


@contextmanager
def timed(spent: Spent, name: str) -> Iterator[None]:
    """Adds wall and CPU seconds of what runs inside to ``spent``."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    spent[name][0] += time.perf_counter() - wall
    spent[name][1] += time.process_time() - cpu


def watched(steps: type, spent: Spent) -> type:
    """The steps, with the time that each takes noted."""

    def noting(name: str) -> Any:
        def call(self: Any, *args: Any, **more: Any) -> Any:
            with timed(spent, name):
                return getattr(steps, name)(self, *args, **more)

        return call

    return type(steps.__name__, (steps,), {name: noting(name) for name in STEPS if hasattr(steps, name)})


def press(folder: Path, seed: int) -> Spent:
    """One press; the table of its steps."""
    spent: Spent = defaultdict(lambda: [0.0, 0.0])
    with timed(spent, "all"):
        with timed(spent, "import"):
            from engines.character import _steps, drawn
            from studio.memory import Residency
            from studio.run import Run
            from studio.tasks.character import CharacterRequest
        drawn.Steps = watched(_steps.Steps, spent)  # type: ignore[misc, assignment]
        run = Run.local(folder / "work", folder / "out", seed=seed, memory=Residency(lambda _: 1 << 32))
        made = drawn.run(CharacterRequest(), run)
        drawn.Steps = _steps.Steps  # type: ignore[misc]
    assert made.output
    return spent


def main(arguments: list[str]) -> None:
    seed = int(arguments[0]) if arguments else 1
    with tempfile.TemporaryDirectory() as folder:
        for name in ("fresh", "warm"):
            spent = press(Path(folder) / name, seed)
            lines = [f"  {step.strip('_'):9} {wall:6.2f} {cpu:6.2f}" for step, (wall, cpu) in spent.items()]
            sys.stdout.write(f"{name}:       wall    CPU (s)\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
