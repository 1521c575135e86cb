"""One character: which body, pose, face, clothes and colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from engines.figure.library import Library
from engines.figure.mannequin import BUILDS
from engines.figure.part import Part
from studio.errors import BadInput

T = TypeVar("T")
NOTHING: Mapping[str, str] = MappingProxyType({})
UNSUITED = 0.12
FACE = ("head", "eyes", "brows", "nose", "ears")


@dataclass(frozen=True)
class Character:
    """Names from the library. ``parts``: ``kind/name`` of what is worn and of the face; ``wishes``: slot -> palette colour.

    ``held``: the hand (``l`` or ``r``, as the viewer sees it) that holds the held item.
    """

    body: str
    build: str
    pose: str
    expression: str
    palette: str
    skin: str
    hair: str
    iris: str
    parts: tuple[str, ...]
    held: str = "l"
    wishes: Mapping[str, str] = field(default_factory=lambda: NOTHING)


def chance(library: Library, seed: int, fixed: Mapping[str, str] = NOTHING, wear: Sequence[str] = ()) -> Character:
    """A character drawn by chance, the same for the same seed; ``fixed`` sets fields by name, ``wear`` parts that it must have."""
    rng = np.random.default_rng(seed)
    build = fixed.get("build", BUILDS[int(rng.random() * len(BUILDS))])
    wanted = [library.part(name) for name in wear]
    worn: list[Part] = list(wanted)
    for kind, share in {**dict.fromkeys(FACE, 1.0), **library.chances}.items():
        pool = [part for part in library.of_kind(kind) if part.weight > 0]
        shares = [part.weight * (1.0 if part.suits in ("", build) else UNSUITED) for part in pool]
        draw, lucky = rng.random(), rng.random() < share
        if not pool or not lucky or any(part.kind == kind for part in wanted):
            continue
        part = pool[_drawn(draw, shares)]
        if _goes(part, worn):
            worn.append(part)
    swatches = library.swatches
    chosen = {"build": build}
    for key, names in {"body": library.bodies, "pose": library.poses, "expression": library.expressions}.items():
        chosen[key] = str(rng.choice(list(names)))
    for key, colours in {
        "palette": swatches.palettes,
        "skin": swatches.skins,
        "hair": swatches.hairs,
        "iris": swatches.irises,
    }.items():
        chosen[key] = list(colours)[_drawn(rng.random(), [one.weight for one in colours.values()])]
    if any(part.wants for part in worn) and "pose" not in fixed:
        holding = [
            pose.name for pose in library.poses.values() if any(arm.shape == "grip" for arm in pose.arms.values())
        ]
        chosen["pose"] = str(rng.choice(holding))
    chosen.update({key: value for key, value in fixed.items() if key in chosen})
    parts = tuple(f"{part.kind}/{part.name}" for part in worn)
    return Character(
        body=chosen["body"],
        build=chosen["build"],
        pose=chosen["pose"],
        expression=chosen["expression"],
        palette=chosen["palette"],
        skin=chosen["skin"],
        hair=chosen["hair"],
        iris=chosen["iris"],
        parts=parts,
        held=holding_side(library, chosen["pose"]),
    )


def _drawn(draw: float, shares: Sequence[float]) -> int:
    """The index that a ``draw`` of 0..1 falls on."""
    sums = np.cumsum(shares)
    return int(np.searchsorted(sums, draw * sums[-1], side="right"))


def holding_side(library: Library, pose: str) -> str:
    """The hand that grips in this pose, the left one where none does."""
    arms = named(library.poses, pose, "pose").arms
    return next((side for side, arm in arms.items() if arm.shape == "grip"), "l")


def named(table: Mapping[str, T], name: str, key: str) -> T:
    """The entry of that name; ``BadInput`` (figure.unknown_value) where there is none."""
    if name not in table:
        raise BadInput("figure.unknown_value", file="character", what=key, value=name, known=", ".join(sorted(table)))
    return table[name]


def _goes(part: Part, worn: Sequence[Part]) -> bool:
    taken = {other.slot for other in worn}
    hidden = {slot for other in worn for slot in other.hides}
    return part.slot not in taken and part.slot not in hidden and not taken & set(part.hides)
