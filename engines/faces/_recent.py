"""Who was found in the files that were looked at last: a file that many visitors share, such as the sample, is looked at once."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

from engines.vision.faces.people import Person

MOST = 8


class Recent:
    """The people of the latest files, by what tells the searches apart; any thread may ask. It lasts as long as the process."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, list[Person]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> list[Person] | None:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def put(self, key: Hashable, people: list[Person]) -> None:
        with self._lock:
            self._known[key] = people
            while len(self._known) > self._most:
                self._known.popitem(last=False)
