"""Hints to where something stands in a picture: ``box:left,top,width,height``, ``in:x,y`` and ``out:x,y``, in pixels."""

import re
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

HINT = re.compile(r"box:(\d{1,6}),(\d{1,6}),([1-9]\d{0,5}),([1-9]\d{0,5})|(in|out):(\d{1,6}),(\d{1,6})")
MOST_HINTS = 64

Box = tuple[int, int, int, int]
Point = tuple[int, int]


class Hints(BaseModel):
    """``box``: left, top, width and height of what is meant, ``inside`` and ``outside``: points (x, y) on it and beside it."""

    model_config = ConfigDict(frozen=True)

    box: Box | None = None
    inside: tuple[Point, ...] = ()
    outside: tuple[Point, ...] = ()


def read_hints(texts: Iterable[str]) -> Hints:
    """The hints in these texts; the last box counts. Raises ValueError with the key of what to say."""
    box: Box | None = None
    points: dict[str, list[Point]] = {"in": [], "out": []}
    for text in texts:
        match = HINT.fullmatch(text.strip())
        if match is None:
            raise ValueError("cutout.bad_hint")
        if match[5]:
            points[match[5]].append((int(match[6]), int(match[7])))
        else:
            left, top, width, height = (int(number) for number in match.groups()[:4])
            box = (left, top, width, height)
    return Hints(box=box, inside=tuple(points["in"]), outside=tuple(points["out"]))
