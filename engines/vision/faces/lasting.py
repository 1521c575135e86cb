"""What is known of each face of a film lasts as long as its track: up to a cut, and over a few frames in which it is lost."""

from collections.abc import Container
from typing import Protocol, TypeVar

from engines.vision.faces.track import LOST


class Missed(Protocol):
    """Something that counts the frames since its face was last there."""

    missing: int


T = TypeVar("T", bound=Missed)


def lasting(known: dict[int, T], present: Container[int], cut: bool) -> dict[int, T]:
    """What is still known by track in a frame that shows the tracks ``present``: of nobody at a ``cut``, of those gone for five frames at most."""
    if cut:
        return {}
    for track, one in known.items():
        one.missing = 0 if track in present else one.missing + 1
    return {track: one for track, one in known.items() if one.missing <= LOST}
