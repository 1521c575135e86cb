"""Cutting what stands in front out of a frame: people by a matte, or anything before a green or blue screen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from engines.arrays import Bytes, Floats
from engines.media.frame import Frame, Planes
from engines.vision.fringe import without_fringe
from engines.vision.key import Screen, key
from engines.vision.matte import Person, find_person
from engines.vision.rvm import Rvm, RvmNet

Segment = Callable[[Bytes], Floats]

FAINT, SURE = 0.1, 0.9
SHARE = 0.5
"""Mean alpha (0..255) from which on somebody is there."""


@dataclass(frozen=True)
class Cut:
    """``front``: the frame with the colours of what stands in front; ``person``: its alpha, and whether anybody is there."""

    front: Frame
    person: Person


class CutOut(Protocol):
    """Cuts one frame, independently of all others.

    ``name`` tells what cuts. ``steady``: whether alpha should be smoothed in time. ``found``: whether anything was ever
    cut out.
    """

    name: str

    @property
    def steady(self) -> bool: ...

    found: bool

    def __call__(self, frame: Frame) -> Cut: ...


class ByMatte:
    """People, by a segmentation network (``Selfie``, ``ModNet``) and the picture's edges."""

    steady = True

    def __init__(self, segment: Segment, name: str, *, own_colours: bool = False) -> None:
        """``own_colours``: the old background's are taken out of the rim; what is drawn keeps them, for its outline."""
        self._segment = segment
        self.name = name
        self._own_colours = own_colours
        self.found = False

    def __call__(self, frame: Frame) -> Cut:
        person = find_person(frame.planes, self._segment)
        if not person.present:
            return Cut(frame, person)
        self.found = True
        own, alpha = without_fringe(frame.planes, person.alpha)
        if self._own_colours:
            frame = frame.replace(planes=Planes(own.y, own.u, own.v, own.full_range), alpha=frame.alpha)
        return Cut(frame, Person(alpha, True))


class ByRvm:
    """People, by a network that remembers: frames must come in order, each once, and it forgets at a cut."""

    steady = False

    def __init__(self, net: RvmNet, name: str) -> None:
        self.name = name
        self._rvm = Rvm(net)
        self.found = False

    def __call__(self, frame: Frame, cut: bool = False) -> Cut:
        made = self._rvm(frame.rgb, cut=cut)
        present = bool(np.mean(made.alpha) > SHARE)
        if present:
            self.found = True
        return Cut(frame.replace(rgb=made.rgb), Person(made.alpha, present))

    def state(self) -> dict[str, Any]:
        return self._rvm.state()

    def restore(self, state: dict[str, Any]) -> None:
        self._rvm.restore(state)


class ByKey:
    """What stands before a screen. ``tolerance`` 0..1: how far from the screen's colour still counts as screen."""

    steady = False

    def __init__(self, screen: Screen, tolerance: float = 0.5) -> None:
        self.name, self.found = "screen", True
        self._screen = screen
        self._low = FAINT * 2 * tolerance
        self._choke = tolerance - 0.5 if tolerance > 0.5 else 0.0

    def __call__(self, frame: Frame) -> Cut:
        keyed = key(frame.planes, self._screen, low=self._low, high=SURE, choke=self._choke)
        front = frame.replace(planes=Planes(keyed.y, keyed.u, keyed.v, keyed.full_range))
        return Cut(front, Person(keyed.alpha, bool(np.any(keyed.alpha))))
