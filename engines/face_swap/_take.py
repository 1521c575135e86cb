"""A frame on its way through a face swap: who is in it, whose face each gets, and what is laid over them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engines.arrays import Bytes
from engines.media.flow_control import Fold, Map
from engines.media.frame import Frame
from engines.vision.faces.face import Face
from engines.vision.faces.swap import Patch
from engines.vision.faces.track import Seen
from engines.vision.look import State

Photo = tuple[Bytes, Face]
"""A picture (uint8 HxWx3) and the face in it that is meant."""


@dataclass
class Role:
    """A face of the frame that gets another's. ``who`` is the name of the source; ``patches`` are laid over in their order;
    ``reading`` is what a swapper measured of the face for its own later stages.
    """

    seen: Seen
    who: str
    patches: list[Patch] = field(default_factory=list)
    reading: Any = None


@dataclass
class Take:
    """A frame, whether a new shot begins with it, and its roles in the order of their tracks."""

    frame: Frame
    cut: bool
    roles: list[Role]


class Keeps(Protocol):
    """Something that remembers from frame to frame."""

    def state(self) -> State: ...
    def restore(self, state: State) -> None: ...


@dataclass(frozen=True)
class InOrder:
    """A stage that takes go through in their order: ``work`` changes each, with what ``keeps`` knows of those before."""

    keeps: Keeps
    work: Callable[[Take], None]

    def __call__(self, take: Take) -> Iterator[Take]:
        self.work(take)
        yield take

    def flush(self) -> Iterator[Take]:
        yield from ()

    def state(self) -> State:
        return self.keeps.state()

    def restore(self, state: State) -> None:
        self.keeps.restore(state)


class Swapper(Protocol):
    """Lays the sources' faces over those of a film. ``name`` is for files, ``key`` tells all that it works with apart."""

    @property
    def name(self) -> str: ...
    @property
    def key(self) -> str: ...

    def stages(self) -> Sequence[Map | Fold]:
        """Stages that take Takes and give the same ones, each role with its patch (none where nothing is to be seen)."""
