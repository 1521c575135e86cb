"""How finely a face is drawn: by the pixels that it covers, without changing back and forth as it moves."""

from collections.abc import Iterator

import numpy as np

from engines.face_swap._take import Take
from engines.media.segments import State
from engines.vision.faces.align import reach

ENOUGH = 1.25
STEADY = 1.12
MOST = 512
REMEMBERED = 64


class Boosts:
    """An ordered stage: every role's ``reading`` becomes the side of its crop, ``side`` pixels or 2, 4 ... times that.

    A crop is fine enough when the picture's pixels are at most 1.25 times as many; a face keeps its size until that is
    wrong by an eighth. 512 pixels are the most: larger ones cost four times as much and rarely show more.
    """

    def __init__(self, side: int, template: str) -> None:
        self._side, self._template = side, template
        self._known: dict[int, int] = {}

    def __call__(self, take: Take) -> Iterator[Take]:
        if take.cut:
            self._known = {}
        for role in take.roles:
            pixels = reach(role.seen.face.five, self._template)
            side = self._known.get(role.seen.id)
            if side is None or not self._fits(side, pixels):
                side = fine_enough(self._side, pixels)
            self._known[role.seen.id] = role.reading = side
        for old in sorted(self._known)[:-REMEMBERED]:
            del self._known[old]
        yield take

    def flush(self) -> Iterator[Take]:
        yield from ()

    def state(self) -> State:
        return {"known": np.array(sorted(self._known.items()), np.int64).reshape(-1, 2)}

    def restore(self, state: State) -> None:
        self._known = {int(track): int(side) for track, side in np.asarray(state["known"])}

    def _fits(self, side: int, pixels: float) -> bool:
        low, high = fine_enough(self._side, pixels / STEADY), fine_enough(self._side, pixels * STEADY)
        return low <= side <= high


def fine_enough(side: int, pixels: float) -> int:
    """The smallest of ``side``, 2 ``side``, 4 ``side`` ... that is fine enough for so many pixels of the picture."""
    size = side
    while size * 2 <= max(MOST, side) and pixels > size * ENOUGH:
        size *= 2
    return size
