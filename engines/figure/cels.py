"""A scene as the sheets that it is painted on: one for each stretch of a part, cut to its edges, from back to front."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
import skia

from engines.figure.drawing import BEHIND, HEIGHT, WIDTH, Rgba, array_of, surface_of
from engines.figure.library import Library
from engines.figure.painting import Painter
from engines.figure.placing import Placed, Scene
from engines.figure.reading import ASSETS

MARGIN = 3
"""Pixels around a sheet for what its smoothed edges need."""
BLUR = 3.0
"""How far a soft shape reaches beyond its outline, in its softness."""


@dataclass(frozen=True, eq=False)
class Cel:
    """``rgba`` uint8 hxwx4 in straight alpha, with its corner at ``left``, ``top`` of the canvas; ``group`` is a folder of
    groups.toml, ``layer`` one of layers.toml, ``part`` kind/name, ``region`` one of REGIONS.
    """

    group: str
    layer: str
    part: str
    region: str
    left: int
    top: int
    rgba: Rgba


def cels(placed: Scene, data: Library, height: int, *, backdrop: bool = True) -> Iterator[Cel]:
    """Laid over each other they give the picture ``height`` pixels high; without ``backdrop`` what is behind the figure is left out."""
    below = surface_of(height)
    shown = (one for one in placed.shapes if backdrop or one.layer not in BEHIND)
    for (layer, part), run in groupby(shown, key=lambda one: (one.layer, one.part)):
        members = list(run)
        left, top, right, bottom = _bounds(members, height)
        if right <= left or bottom <= top:
            continue
        alone = skia.Surface(right - left, bottom - top)
        alone.getCanvas().translate(-left, -top)
        alone.getCanvas().scale(height / HEIGHT, height / HEIGHT)
        if layer not in BEHIND:
            _shadows(alone, below, members, (left, top))
        Painter(alone.getCanvas(), data.materials).draw(members)
        if layer not in BEHIND:
            canvas = below.getCanvas()
            canvas.save()
            canvas.resetMatrix()
            canvas.drawImage(alone.makeImageSnapshot(), left, top)
            canvas.restore()
        rgba = array_of(alone)
        if rgba[..., 3].any():
            yield Cel(group_of(layer, placed, data), layer, part, members[0].shape.region, left, top, rgba)


@cache
def groups() -> Mapping[str, Mapping[str, Any]]:
    """The folders: their ``layers`` and their ``label`` in each language."""
    return tomllib.loads((ASSETS / "groups.toml").read_text(encoding="utf-8"))


def group_of(layer: str, placed: Scene, data: Library) -> str:
    """The folder of a layer; an arm's or leg's layers lie where that limb stands in this pose."""
    name, _, side = layer.partition(" ")
    limb = data.layers.limb_of(name) if side else ""
    pose = placed.stance.pose
    if limb == "arm":
        layer = f"arms {pose.arms[side].order}"
    elif limb == "leg":
        layer = "legs near" if side == pose.near else "legs far"
    return next(group for group, row in groups().items() if layer in row["layers"])


def _bounds(members: Sequence[Placed], height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom pixels of the shapes with their lines, shadows and blurs, inside the canvas."""
    scale = height / HEIGHT
    low, high = np.array([np.inf, np.inf]), np.array([-np.inf, -np.inf])
    for one in members:
        around = one.lines * 2 + BLUR * one.shape.soft + 2
        cast = np.array([0.35, 1.0]) * one.shape.cast
        low = np.minimum(low, one.xy.min(0) - around)
        high = np.maximum(high, one.xy.max(0) + around + cast)
    size = np.array([round(height * WIDTH / HEIGHT), height])
    start = np.clip(np.floor(low * scale).astype(int) - MARGIN, 0, size)
    end = np.clip(np.ceil(high * scale).astype(int) + MARGIN, 0, size)
    return int(start[0]), int(start[1]), int(end[0]), int(end[1])


def _shadows(alone: skia.Surface, below: skia.Surface, members: Sequence[Placed], corner: tuple[int, int]) -> None:
    """What the members cast on the sheets below them, kept to where those are drawn."""
    canvas = alone.getCanvas()
    canvas.saveLayer()
    Painter(canvas, {}).cast_only(members)
    keep = skia.Paint(BlendMode=skia.BlendMode.kDstIn)
    canvas.save()
    canvas.resetMatrix()
    canvas.drawImage(below.makeImageSnapshot(), -corner[0], -corner[1], skia.SamplingOptions(), keep)
    canvas.restore()
    canvas.restore()
