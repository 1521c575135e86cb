"""What is given up, one after another, when memory runs out: first what costs nothing, then time."""

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from studio.errors import OutOfMemory
from studio.machine_memory import is_out_of_memory

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class Rung:
    """``name`` is the end of the remark ``note.diffusion.memory_<name>``; ``step`` frees memory, False if it can't here."""

    name: str
    step: Callable[[], bool]


def climb(work: Callable[[], T], rungs: Sequence[Rung], tell: Callable[[str], None], *, knob: str) -> T:
    """``work()``, called again after each rung for as long as memory runs out in it.

    ``tell`` is given the name of each rung taken. Raises OutOfMemory, which names ``knob`` as what the user can change.
    """
    for rung in [None, *rungs]:
        if rung is not None:
            if not rung.step():
                continue
            log.warning("out of memory while drawing: %s", rung.name)
            tell(rung.name)
        try:
            return work()
        except Exception as problem:
            if not is_out_of_memory(problem):
                raise
            # The frames hold the tensors that are in the way.
            traceback.clear_frames(problem.__traceback__)
    raise OutOfMemory("diffusion.out_of_memory", knob=knob)
