"""Parts: the drawings of the library, read from TOML and checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from engines.figure.curves import Curve, Knots, closed, ellipse, opened, parse, ribbon, tufts, whole
from engines.figure.layers import REGIONS, Layers
from engines.figure.reading import need, numbers, one_of, only, read
from engines.figure.stance import FOLLOWS, SIDED
from studio.errors import BadInput

KEYS = (
    "label",
    "tags",
    "region",
    "slot",
    "hides",
    "material",
    "press",
    "tuck",
    "weight",
    "draw",
    "wants",
    "rest",
    "suits",
)
DRAW = (
    "name", "shape", "stroke", "ellipse", "width", "layer", "follows", "fill", "to", "line", "material", "shade", "mirror",
    "clip", "cast", "region", "when", "pattern", "alpha", "soft", "lid", "gaze", "copies", "slot", "fur", "both", "join",
)  # fmt: skip
WHENS = ("feminine", "masculine")
SWAP = {"l": "r", "r": "l"}


@dataclass(frozen=True, eq=False)
class Shape:
    """One closed shape: how its outline is made, and how it is drawn. ``line`` and ``shade`` None: as its material says."""

    name: str
    sketch: Callable[[], Curve]
    free: bool
    layer: str
    follows: str
    fill: str
    to: str
    line: float | None
    shade: float | None
    material: str
    clip: str
    cast: float
    region: str
    when: str
    pattern: str
    alpha: float
    soft: float
    lid: bool
    gaze: bool
    slot: str
    join: bool
    mirrored: bool = False

    @cached_property
    def curve(self) -> Curve:
        """The outline in canonical units, worked out when it is first drawn."""
        return self.sketch()


@dataclass(frozen=True, eq=False)
class Part:
    """A drawn part: ``label`` by language, ``tags`` it answers, the ``slot`` it fills and the slots it ``hides``.

    ``press``: (y, keep) for headgear: hair above y keeps that share of its height; ``tuck``: the same for boots, trouser legs below
    y keep that share of their width. ``wants``: the hand shape that it needs, ``rest``: its turn in a hand that hangs down instead
    of holding it up (degrees, 0: upright). ``suits``: the build that wears it most often.
    """

    name: str
    kind: str
    label: Mapping[str, str]
    tags: tuple[str, ...]
    region: str
    slot: str
    hides: tuple[str, ...]
    press: tuple[float, float] | None
    tuck: tuple[float, float] | None
    wants: str
    rest: float
    weight: float
    suits: str
    read_shapes: Callable[[], tuple[Shape, ...]]

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """What is drawn, read when it is first needed; ``BadInput`` names the file and what is wrong with it."""
        return self.read_shapes()


def read_part(path: Path, layers: Layers, materials: Mapping[str, Any], check: Callable[[Shape, str], None]) -> Part:
    """The part in the file; ``BadInput`` names the file and what is wrong with it. ``check`` is called with each shape.

    What it draws is read when it is first drawn: most parts never are.
    """
    table, file = read(path, until="\n[[draw]]"), f"{path.parent.name}/{path.name}"
    only(table, KEYS, file)
    region = one_of(need(table, "region", file), REGIONS, "region", file)
    material = one_of(table.get("material", "cloth"), materials, "material", file)

    def shapes() -> tuple[Shape, ...]:
        found: list[Shape] = []
        drawn = read(path)
        only(drawn, KEYS, file)
        for index, entry in enumerate(need(drawn, "draw", file)):
            found.extend(_shapes(entry, f"draw {index + 1}", file, region, material, layers, materials))
        names = {shape.name for shape in found}
        for shape in found:
            check(shape, file)
        return tuple(replace(shape, clip=_parent(shape, names, file)) for shape in found)

    return Part(
        name=path.stem,
        kind=path.parent.name,
        label=need(table, "label", file),
        tags=tuple(table.get("tags", ())),
        region=region,
        slot=table.get("slot", path.parent.name),
        hides=tuple(table.get("hides", ())),
        press=_pair(table, "press", file),
        tuck=_pair(table, "tuck", file),
        wants=table.get("wants", ""),
        rest=float(table.get("rest", 0)),
        weight=float(table.get("weight", 1)),
        suits=one_of(table["suits"], WHENS, "suits", file) if "suits" in table else "",
        read_shapes=shapes,
    )


def _shapes(
    entry: Mapping[str, Any],
    where: str,
    file: str,
    region: str,
    material: str,
    layers: Layers,
    materials: Mapping[str, Any],
) -> list[Shape]:
    only(entry, DRAW, file)
    key = next((k for k in ("shape", "stroke", "ellipse") if k in entry), None)
    if key is None:
        raise BadInput("figure.missing", file=file, what=f"shape ({where})")
    own = one_of(entry.get("material", material), materials, "material", file)
    free = key == "stroke"
    shape = Shape(
        name=entry.get("name", where),
        sketch=_sketch(entry, key, where, file, own),
        free=free,
        layer=layers.known(need(entry, "layer", file), file),
        follows=one_of(need(entry, "follows", file), FOLLOWS, "follows", file),
        fill=need(entry, "fill", file),
        to=entry.get("to", ""),
        line=0.0 if free and "line" not in entry else entry.get("line"),
        shade=0.0 if free and "shade" not in entry else entry.get("shade"),
        material=own,
        clip=entry.get("clip", ""),
        cast=float(entry.get("cast", 0)),
        region=one_of(entry.get("region", region), REGIONS, "region", file),
        when=one_of(entry["when"], WHENS, "when", file) if "when" in entry else "",
        pattern=entry.get("pattern", ""),
        alpha=float(entry.get("alpha", 1)),
        soft=float(entry.get("soft", 0)),
        lid=bool(entry.get("lid", False)),
        gaze=bool(entry.get("gaze", False)),
        slot=entry.get("slot", ""),
        join=bool(entry.get("join", True)),
    )
    found = [shape]
    for number, shift in enumerate(entry.get("copies", "").split()):
        moved = partial(_moved, shape, numbers(shift, "copies", file))
        found.append(replace(shape, name=f"{shape.name} {number + 2}", sketch=moved))
    return [*found, *(mirrored(s) for s in found)] if entry.get("mirror") else found


def _pair(table: Mapping[str, Any], key: str, file: str) -> tuple[float, float] | None:
    if key not in table:
        return None
    values = numbers(table[key], key, file)
    if len(values) != 2:
        raise BadInput("figure.not_numbers", file=file, what=key, value=str(table[key]))
    return values[0], values[1]


def _parent(shape: Shape, names: set[str], file: str) -> str:
    """The shape that clips this one: of a mirrored shape the mirrored one, where there is such."""
    if not shape.clip:
        return ""
    plain = shape.clip.removesuffix(" mirrored")
    return shape.clip if shape.clip in names else one_of(plain, names, "clip", file)


def mirrored(shape: Shape) -> Shape:
    """The same shape on the body's other side."""
    clip = f"{shape.clip} mirrored" if shape.clip else ""
    return replace(
        shape,
        name=f"{shape.name} mirrored",
        sketch=partial(_reflected, shape),
        follows=other_side(shape.follows),
        layer=other_side(shape.layer),
        clip=clip,
        mirrored=True,
    )


def other_side(name: str) -> str:
    stem, _, side = name.rpartition("_")
    return f"{stem}_{SWAP[side]}" if side in SWAP and stem in SIDED else name


def _moved(shape: Shape, shift: list[float]) -> Curve:
    return Curve(shape.curve.xy + np.array(shift), shape.curve.lifted)


def _reflected(shape: Shape) -> Curve:
    xy = shape.curve.xy * np.array([-1.0, 1.0]) + np.array([1000.0, 0.0])
    return Curve(xy[::-1].copy(), np.roll(shape.curve.lifted[::-1], -1))


def _sketch(entry: Mapping[str, Any], key: str, where: str, file: str, material: str) -> Callable[[], Curve]:
    """How the entry's outline is made; what is wrong with it is said at once."""
    if key == "ellipse":
        values = numbers(entry[key], where, file)
        if len(values) < 4:
            raise BadInput("figure.few_points", file=file, what=where)
        return partial(ellipse, values)
    if key == "shape":
        knots = parse(entry[key], 3, where, file)
        tuft = float(entry.get("fur", 16)) if material == "fur" or "fur" in entry else 0.0
        return partial(_outline, whole(knots) if entry.get("both") else knots, tuft)
    return partial(_brushed, parse(entry[key], 2, where, file), numbers(entry.get("width", "0 5 0"), "width", file))


def _outline(knots: Knots, tuft: float) -> Curve:
    curve = closed(knots)
    return tufts(curve, tuft) if tuft else curve


def _brushed(knots: Knots, widths: list[float]) -> Curve:
    outline = ribbon(opened(knots), widths)
    return Curve(outline, np.zeros(len(outline), bool))
