"""The figure as a sheet shows it: standing straight, its face calm, without what is behind it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

import cv2
import numpy as np
import skia

from engines.figure.character import Character
from engines.figure.drawing import BEHIND, LARGEST, Rgba
from engines.figure.library import Library, library
from engines.figure.painting import Painter
from engines.figure.placing import Placed, Scene, scene
from engines.figure.pose import read_pose
from studio.errors import BadInput
from studio.paths import ASSETS
from studio.tasks._figure import Character as Named

POSE = "sheet"
CALM = "calm"
Box = tuple[float, float, float, float]
REACH = 30.0
"""How far beyond its outline a shape may still paint, in canvas units: shadows that it casts."""
EDGE = 12.0


@dataclass(frozen=True, eq=False)
class Seen:
    """Shapes through a box in canvas units. ``redrawn`` is what stands for them there, uint8 HxWx4 of any size."""

    shapes: tuple[Placed, ...]
    area: Box
    redrawn: Rgba | None = field(default=None, kw_only=True)

    def picture(self, scale: float) -> Rgba:
        """What is in the box, ``scale`` pixels a canvas unit, uint8 HxWx4."""
        if self.redrawn is None:
            return painted(self.shapes, self.area, scale)
        size = pixels(self.area, scale)
        shrinks = size[1] < len(self.redrawn)
        return np.asarray(
            cv2.resize(self.redrawn, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4)
        )


@cache
def stage() -> Library:
    """The library with the pose of sheets."""
    data = library()
    hands = tuple(part.name for part in data.of_kind("hands"))
    pose = replace(read_pose(ASSETS / "views" / "pose.toml", hands), name=POSE)
    return replace(data, poses={**data.poses, POSE: pose})


def posed(who: Named, expression: str = CALM) -> Character:
    """Who stands on the sheet; holds what they hold in the left hand, as the viewer sees it."""
    return Character(
        body=who.body,
        build=who.build,
        pose=POSE,
        expression=expression,
        palette=who.palette,
        skin=who.skin,
        hair=who.hair,
        iris=who.iris,
        parts=who.parts,
        held="l",
    )


def placed(figure: Character) -> Scene:
    """The figure alone: no background, no shadow on the ground."""
    whole = scene(figure, stage())
    return replace(whole, shapes=tuple(one for one in whole.shapes if one.layer not in BEHIND))


def painted(shapes: Iterable[Placed], area: Box, scale: float) -> Rgba:
    """What of the shapes lies in ``area`` (left, top, right, bottom in canvas units), ``scale`` pixels a unit, uint8 HxWx4."""
    left, top, *_ = area
    size = pixels(area, scale)
    if max(size) > LARGEST:
        raise BadInput("figure.size", height=max(size), largest=LARGEST)
    surface = skia.Surface(*size)
    with surface as canvas:
        canvas.scale(scale, scale)
        canvas.translate(-left, -top)
        Painter(canvas, stage().materials).draw(one for one in shapes if _touches(one, area))
    return np.asarray(surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType))


def pixels(area: Box, scale: float) -> tuple[int, int]:
    """Width and height of a box."""
    left, top, right, bottom = area
    return max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))


def _touches(one: Placed, area: Box) -> bool:
    low, high = one.xy.min(0) - REACH, one.xy.max(0) + REACH
    return bool(low[0] < area[2] and high[0] > area[0] and low[1] < area[3] and high[1] > area[1])


def bounds(shapes: Iterable[Placed]) -> Box:
    """The box round all the shapes with their lines: left, top, right, bottom."""
    points = np.concatenate([one.xy for one in shapes])
    low, high = points.min(0) - EDGE, points.max(0) + EDGE
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
