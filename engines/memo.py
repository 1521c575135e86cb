"""What was worked out before, kept beside a network as long as that stays in memory."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

MOST = 512
T = TypeVar("T")


class Memo:
    """What was computed before from texts and pictures; the oldest of ``most`` is forgotten."""

    def __init__(self, most: int = MOST) -> None:
        self._known: OrderedDict[Any, Any] = OrderedDict()
        self._most = most

    def get(self, key: Any, make: Callable[[], T]) -> T:
        """What is known by this key; ``make`` is called where nothing is."""
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]  # type: ignore[no-any-return]
        made = self._known[key] = make()
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return made

    def __contains__(self, key: Any) -> bool:
        return key in self._known
