"""Small pictures of single parts, to choose them by."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image

from engines.figure.character import FACE, Character
from engines.figure.drawing import BEHIND, picture
from engines.figure.library import Library, library
from engines.figure.placing import Scene, scene

SIDE = 160
DRAWN_HIGH = 620
MARGIN = 10
SEEN = 24
LEAST = 90
PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "body": "slim",
        "pose": "stand",
        "expression": "calm",
        "palette": "royal",
        "skin": "warm",
        "hair": "chestnut",
        "iris": "brown",
    }
)
"""Who wears a part in its picture; a name that the library hasn't is replaced by its first."""
BARE = ("back", "background", "weapon", "prop", "tail")
"""Kinds whose pictures show the part alone."""


def sample(name: str, side: int = SIDE) -> bytes:
    """A WebP, ``side`` x ``side``, of the part ``kind/name``, on somebody where that says more. Raises BadInput for an unknown one."""
    data = library()
    part = data.part(name)
    worn = (*(_first(data, kind) for kind in FACE if kind != part.kind), f"{part.kind}/{part.name}")
    placed = scene(Character(build=part.suits or "feminine", parts=tuple(filter(None, worn)), **_plain(data)), data)
    if part.kind == "background":
        drawn = picture(_with(placed, BEHIND, ""), data, DRAWN_HIGH)
        return _webp(drawn, (0, 0, drawn.shape[1], drawn.shape[0]), side)
    alone = picture(_with(placed, (), f"{part.kind}/{part.name}"), data, DRAWN_HIGH, backdrop=False)
    rows, columns = np.nonzero(alone[..., 3] > SEEN)
    drawn = alone if part.kind in BARE and rows.size else picture(placed, data, DRAWN_HIGH, backdrop=False)
    if not rows.size:
        return _webp(drawn, (0, 0, drawn.shape[1], drawn.shape[0]), side)
    box = (int(columns.min()) - MARGIN, int(rows.min()) - MARGIN, int(columns.max()) + MARGIN, int(rows.max()) + MARGIN)
    return _webp(drawn, box, side)


def _with(placed: Scene, layers: Sequence[str], part: str) -> Scene:
    """Only the shapes of these layers, or of a part."""
    shapes = tuple(one for one in placed.shapes if (one.part == part if part else one.layer in layers))
    return replace(placed, shapes=shapes)


def _webp(drawn: np.ndarray, box: tuple[int, int, int, int], side: int) -> bytes:  # type: ignore[type-arg]
    """The box, made square about its middle, on transparent ground."""
    left, top, right, bottom = box
    half = max(right - left, bottom - top, LEAST) / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    square = Image.fromarray(drawn).crop((round(x - half), round(y - half), round(x + half), round(y + half)))
    stream = io.BytesIO()
    square.resize((side, side), Image.Resampling.LANCZOS).save(stream, "WEBP", quality=88)
    return stream.getvalue()


def _first(data: Library, kind: str) -> str:
    """The part of a kind that is worn most often."""
    usual = max(data.of_kind(kind), key=lambda part: part.weight, default=None)
    return f"{usual.kind}/{usual.name}" if usual else ""


def _plain(data: Library) -> dict[str, Any]:
    swatches = data.swatches
    known = {
        "body": data.bodies,
        "pose": data.poses,
        "expression": data.expressions,
        "palette": swatches.palettes,
        "skin": swatches.skins,
        "hair": swatches.hairs,
        "iris": swatches.irises,
    }
    return {field: PLAIN[field] if PLAIN[field] in table else next(iter(table)) for field, table in known.items()}
