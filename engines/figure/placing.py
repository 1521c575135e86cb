"""From a character to shapes in their places, colours and order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from engines.figure.chains import smooth
from engines.figure.character import Character, named
from engines.figure.colours import Rgb, step
from engines.figure.curves import Points
from engines.figure.holding import posed
from engines.figure.library import Expression, Library
from engines.figure.mannequin import Mannequin
from engines.figure.palettes import base_roles, colour, dress
from engines.figure.part import Part, Shape, mirrored
from engines.figure.stance import GROUND, LEG_X, SIDED, Stance, stand

BODY = "body/body"
LID_LINE = 251.0
EYE = (463.0, 240.0)
APART = 30.0
"""How much farther apart eyes of twice the size stand."""
DROPPED = {"eyes": 1.0, "brows": 0.9, "nose": 0.7, "mouth": 0.4}
BROW_MIDDLE = (463.0, 207.0)
HELD = ("held", "weapon", "prop")
TUCKED = ("hose", "trouser")
BOOT, OVER = "boot", "over_boot"
ANKLE = 1345.0
LEG_HALF = ((715.0, 860.0, 1050.0, 1130.0, 1250.0, ANKLE), (44.0, 40.0, 27.0, 29.0, 21.0, 15.0))
"""Places along the leg, and half its width there."""
STAGE = ("stage", "ground")
FRAME = (30.0, 46.0, 970.0, 1456.0)
LARGEST, GROWN = 1.5, 0.5


@dataclass(frozen=True, eq=False)
class Placed:
    """A shape where it is drawn: ``xy`` (n, 2) in canvas units, its colours, the group (layer) it is drawn in, and what it clips."""

    shape: Shape
    xy: Points
    fill: Rgb
    to: Rgb | None
    ink: Rgb
    lines: float
    layer: str
    part: str
    marks: tuple[Points, ...]
    alpha: float
    inside: tuple["Placed", ...] = ()


@dataclass(frozen=True, eq=False)
class Scene:
    """All shapes from back to front, the stance and the colours of the figure's roles."""

    shapes: tuple[Placed, ...]
    stance: Stance
    roles: Mapping[str, Rgb]
    size: float
    shift: tuple[float, float]

    def at(self, follow: str, points: Points) -> Points:
        """Where canonical points (n, 2) that go with ``follow`` lie on the canvas."""
        return np.asarray(self.stance.follows[follow](points) * self.size + self.shift)


@dataclass(frozen=True)
class Fits:
    """How what is worn makes room: hair under a hat (y, kept height), trouser legs in boots (y, kept width), boots that wide
    trouser legs cover.
    """

    press: tuple[float, float] | None
    tuck: tuple[float, float] | None
    covered: bool

    def fitted(self, xy: Points, shape: Shape, part: Part) -> Points:
        if self.press and part.slot == "hair":
            line, keep = self.press
            pressed = np.stack([500 + np.clip(xy[:, 0] - 500, -80, 80), line + (xy[:, 1] - line) * keep], 1)
            return np.asarray(np.where(xy[:, 1:] < line, pressed, xy))
        if self.tuck and shape.layer in TUCKED:
            line, keep = self.tuck
            return _narrowed(xy, shape, keep, smooth(xy[:, 1], line, line + 40))
        if self.covered and shape.layer == BOOT:
            return _narrowed(xy, shape, 1.0, 1 - smooth(xy[:, 1], ANKLE - 20, ANKLE + 25))
        return xy


def _narrowed(xy: Points, shape: Shape, keep: float, share: NDArray[np.float64]) -> Points:
    """What is worn on a leg drawn in, where ``share`` is 1, to that share of its width and no wider than the leg itself."""
    middle = 500 + (LEG_X if shape.follows.endswith("_r") else -LEG_X)
    half = np.interp(xy[:, 1], *LEG_HALF)
    tight = np.clip((xy[:, 0] - middle) * keep, -half, half)
    return np.stack([middle + tight * share + (xy[:, 0] - middle) * (1 - share), xy[:, 1]], 1)


def scene(character: Character, library: Library) -> Scene:
    """Everything of the character in its place; ``BadInput`` where it names what the library hasn't."""
    body = named(named(library.bodies, character.body, "body"), character.build, "build")
    pose = named(library.poses, character.pose, "pose")
    expression = named(library.expressions, character.expression, "expression")
    stance = stand(body, posed(pose, [library.part(name) for name in character.parts], character.held), library.canon)
    swatches = library.swatches
    roles = base_roles(
        swatches.fixed,
        named(swatches.palettes, character.palette, "palette"),
        named(swatches.skins, character.skin, "skin"),
        named(swatches.hairs, character.hair, "hair"),
        named(swatches.irises, character.iris, "iris"),
    )
    parts = _parts(character, library, expression, stance)
    hidden = {slot for part in parts for slot in part.hides}
    press, tuck = (next((one for one in map(attrgetter(key), parts) if one), None) for key in ("press", "tuck"))
    fits = Fits(press, tuck, covered=any(shape.layer == OVER for part in parts for shape in part.shapes))
    worn = dress([part.slot for part in parts], library.slots, roles, character.wishes)
    ranks = _ranks(library, stance)
    placed: list[tuple[int, Placed]] = []
    for part in parts:
        if part.slot in hidden:
            continue
        for shape in _wanted(part, character, hidden):
            moved = _expressed(shape, part, expression, fits, body)
            one = _place(shape, moved, part, stance, worn[part.slot], library, expression)
            placed.append((ranks[one.layer], one))
    size, shift = _framed([one for _, one in placed])
    fitted = [(rank, _scaled(one, size, shift)) for rank, one in placed]
    return Scene(tuple(_nested(fitted)), stance, roles, size, shift)


def _framed(placed: list[Placed]) -> tuple[float, tuple[float, float]]:
    """Size and shift that bring the whole figure, with hat, wings and sword, into the frame; small bodies grow a little."""
    figure = [one.xy for one in placed if one.shape.follows not in STAGE and not one.shape.clip]
    low, high = np.min([xy.min(0) for xy in figure], axis=0), np.max([xy.max(0) for xy in figure], axis=0)
    left, top, right, bottom = FRAME
    room = min((right - left) / (high[0] - low[0]), (bottom - top) / (high[1] - low[1]))
    size = float(room if room < 1 else 1 + (min(room, LARGEST) - 1) * GROWN)
    x = 500 * (1 - size)
    x += max(0.0, left - (low[0] * size + x)) - max(0.0, high[0] * size + x - right)
    return size, (float(x), float(GROUND * (1 - size)))


def _scaled(one: Placed, size: float, shift: tuple[float, float]) -> Placed:
    if one.shape.follows == "stage":
        return one
    return replace(one, xy=one.xy * size + shift, marks=tuple(mark * size + shift for mark in one.marks))


def _parts(character: Character, library: Library, expression: Expression, stance: Stance) -> list[Part]:
    """The body, its hands and the face by the expression, then what the character wears."""
    chosen = [library.part(name) for name in character.parts]
    if expression.eyes:
        chosen = [part for part in chosen if part.kind != "eyes"] + [library.part(f"eyes/{expression.eyes}")]
    hands = [_one_side(library.part(f"hands/{arm.shape}"), side) for side, arm in stance.pose.arms.items()]
    return [library.part(BODY), *hands, library.part(f"mouth/{expression.mouth}"), *chosen]


def _one_side(part: Part, side: str) -> Part:
    """Hands are drawn as the left one: the right is its mirror image."""

    def shapes() -> tuple[Shape, ...]:
        return part.shapes if side == "l" else tuple(mirrored(shape) for shape in part.shapes)

    return replace(part, read_shapes=shapes, slot=f"hand_{side}")


def _wanted(part: Part, character: Character, hidden: set[str]) -> list[Shape]:
    build = character.build
    shapes = [s for s in part.shapes if s.when in ("", build) and (not s.slot or s.slot not in hidden)]
    if part.slot in HELD and character.held == "r":
        shapes = [mirrored(shape) for shape in shapes]
    return shapes


def _expressed(shape: Shape, part: Part, expression: Expression, fits: "Fits", body: Mannequin) -> Points:
    """The shape's points with the expression: lids, gaze and brows; and hair pressed by a hat."""
    xy = shape.curve.xy
    if shape.lid and expression.open != 1:
        above = np.minimum(xy[:, 1] - LID_LINE, 0)
        xy = np.stack([xy[:, 0], xy[:, 1] + above * (expression.open - 1)], 1)
    if shape.gaze:
        xy = xy + expression.gaze
    if part.kind == "brows":
        xy = _brow(xy, expression)
    if part.kind in DROPPED:
        xy = _featured(xy, part.kind, body)
    return fits.fitted(xy, shape, part)


def _featured(xy: Points, kind: str, body: Mannequin) -> Points:
    """Eyes as large as this body has them, and features as low on the face."""
    size = body.face["eyes"] if kind == "eyes" else 1.0
    side = -1 if xy[:, 0].mean() < 500 else 1
    middle = np.array([500 + side * (500 - EYE[0]), EYE[1]])
    shift = np.array([side * max(size - 1, 0.0) * APART, body.face["drop"] * DROPPED[kind]])
    return np.asarray((xy - middle) * size + middle + shift)


def _brow(xy: Points, expression: Expression) -> Points:
    right = xy[:, 0].mean() > 500
    flip = -1.0 if right else 1.0
    middle = np.array([500 + (500 - BROW_MIDDLE[0]) if right else BROW_MIDDLE[0], BROW_MIDDLE[1]])
    turn = np.deg2rad(expression.brow_turn * flip)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = (xy - middle) @ spin.T + middle
    shift = np.array([expression.brow_knit * flip, -expression.brow_lift])
    return np.asarray(moved + shift)


def _place(
    shape: Shape,
    xy: Points,
    part: Part,
    stance: Stance,
    roles: Mapping[str, Rgb],
    library: Library,
    expression: Expression,
) -> Placed:
    follow = stance.follows[shape.follows]
    material = library.materials[shape.material]
    fill = colour(shape.fill, roles, part.name)
    marks: tuple[Points, ...] = ()
    if shape.pattern:
        name = shape.pattern.split()[0]
        found = library.patterns[name].over(shape.curve)
        ends = np.cumsum([len(mark) for mark in found])[:-1]
        marks = tuple(np.split(follow(np.concatenate(found)), ends))
    side = shape.follows[-1] if shape.follows.rpartition("_")[0] in SIDED else ""
    limb = library.layers.limb_of(shape.layer)
    layer = f"{shape.layer} {side}" if limb else shape.layer
    pattern_ink = shape.pattern.partition(" ")[2]
    return Placed(
        shape=shape,
        xy=follow(xy),
        fill=fill,
        to=colour(shape.to, roles, part.name) if shape.to else None,
        ink=colour(pattern_ink, roles, part.name) if pattern_ink else step(fill, 1),
        lines=float(material["line"]) if shape.line is None else shape.line,
        layer=layer,
        part=f"{part.kind}/{part.name}",
        marks=marks,
        alpha=shape.alpha * (expression.blush if shape.slot == "blush" else 1.0),
    )


def _ranks(library: Library, stance: Stance) -> dict[str, int]:
    """The place of each layer in the order of drawing; limbs' layers stand where their group stands in this pose."""
    near = stance.pose.near
    groups = {
        f"arms {order}": [("arm", s) for s, arm in stance.pose.arms.items() if arm.order == order]
        for order in ("behind", "beside", "front")
    }
    groups |= {"legs far": [("leg", "r" if near == "l" else "l")], "legs near": [("leg", near)]}
    order: list[str] = []
    for layer in library.layers.order:
        members = groups.get(layer)
        if members is None:
            order.append(layer)
        else:
            order.extend(f"{name} {side}" for limb, side in members for name in library.layers.limb[limb])
    return {name: index for index, name in enumerate(order)}


def _nested(placed: list[tuple[int, Placed]]) -> list[Placed]:
    """In order, with the shapes that another clips inside that one."""
    inside: dict[tuple[str, str], list[Placed]] = {}
    for _, one in placed:
        if one.shape.clip:
            inside.setdefault((one.part, one.shape.clip), []).append(one)
    top = [(rank, one) for rank, one in placed if not one.shape.clip]
    top.sort(key=lambda pair: pair[0])
    return [replace(one, inside=tuple(inside.get((one.part, one.shape.name), ()))) for _, one in top]
