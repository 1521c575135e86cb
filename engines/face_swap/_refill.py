"""Gaps of a few frames in which a face was lost are filled: it goes straight from where it was to where it came back."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engines.face_swap._take import Role, Take
from engines.vision.faces.face import Face
from engines.vision.faces.track import LOST, Seen
from engines.vision.look import State


@dataclass(frozen=True)
class _Last:
    """A role's face when it was last seen, in the take of that number."""

    number: int
    points: np.ndarray
    who: str


class Refill:
    """Takes in, the same takes out, up to five late, with the roles that were missing between two sightings in one shot.

    ``swapped`` counts the roles that were given.
    """

    def __init__(self) -> None:
        self._held: deque[tuple[int, Take]] = deque()
        self._last: dict[int, _Last] = {}
        self._number = 0
        self.swapped = 0

    def __call__(self, take: Take) -> Iterator[Take]:
        if take.cut:
            yield from self.flush()
            self._last.clear()
        for role in take.roles:
            self._fill(role)
            self._last[role.seen.id] = _Last(self._number, role.seen.face.points, role.who)
        self._last = {track: last for track, last in self._last.items() if self._number - last.number <= LOST}
        self._held.append((self._number, take))
        self._number += 1
        while self._held and not any(last.number < self._held[0][0] for last in self._last.values()):
            yield self._give()

    def held(self) -> int:
        return len(self._held)

    def flush(self) -> Iterator[Take]:
        while self._held:
            yield self._give()

    def state(self) -> State:
        state: State = {
            "number": self._number,
            "swapped": self.swapped + sum(len(take.roles) for _, take in self._held),
        }
        for track, last in self._last.items():
            state |= {f"{track}.number": last.number, f"{track}.points": last.points, f"{track}.who": last.who}
        return state

    def restore(self, state: State) -> None:
        self._number, self.swapped = int(state["number"]), int(state["swapped"])
        for key in state:
            track, _, what = key.partition(".")
            if what == "number":
                points = np.asarray(state[f"{track}.points"], np.float32)
                self._last[int(track)] = _Last(int(state[key]), points, str(state[f"{track}.who"]))

    def _give(self) -> Take:
        _, take = self._held.popleft()
        self.swapped += len(take.roles)
        return take

    def _fill(self, role: Role) -> None:
        """Put a role that is back into the held takes since it was last seen."""
        last = self._last.get(role.seen.id)
        if last is None or last.who != role.who:
            return
        for number, take in self._held:
            if last.number < number < self._number:
                share = np.float32((number - last.number) / (self._number - last.number))
                face = Face(last.points + (role.seen.face.points - last.points) * share)
                take.roles.append(Role(Seen(role.seen.id, face, face, role.seen.embedding), role.who))
                take.roles.sort(key=lambda one: one.seen.id)
