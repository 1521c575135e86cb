"""Each frame's look beside the one before it in the same shot: the only ordered step that motion needs."""

from engines.vision.cuts import CutDetector
from engines.vision.look import Look, State, pack, unpack


class Pairs:
    """Remembers one look. Cheap and ordered; the motion between a pair may then be measured on any thread."""

    def __init__(self) -> None:
        self._cuts = CutDetector()
        self._last: Look | None = None

    def __call__(self, current: Look) -> Look | None:
        """The look before this one, or None at the start of a shot (the first frame, a cut, another size)."""
        before, self._last = self._last, current
        if self._cuts(current) or before is None or before.luma.shape != current.luma.shape:
            return None
        return before

    def state(self) -> State:
        return {**{f"cuts.{key}": value for key, value in self._cuts.state().items()}, **pack("before", self._last)}

    def restore(self, state: State) -> None:
        self._cuts.restore(
            {key.removeprefix("cuts."): value for key, value in state.items() if key.startswith("cuts.")}
        )
        self._last = unpack("before", state)
