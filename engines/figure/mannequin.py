"""Body types: where the anchors of a body stand, and how wide it is, beside the canonical figure on which all parts are drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.figure.reading import need, only, read
from studio.errors import BadInput

HEIGHTS = ("crown", "chin", "neck", "shoulder", "chest", "waist", "hip", "crotch", "knee", "ankle", "sole")
HALVES = ("head", "neck", "shoulder", "chest", "waist", "hip", "leg")
ARM = ("upper", "fore", "hand", "shoulder_width", "elbow_width", "wrist_width", "hand_width")
LEG = ("thigh_width", "knee_width", "calf_width", "ankle_width", "foot_width")
FACE = ("eyes", "drop")
TABLES = {"height": HEIGHTS, "half": HALVES, "arm": ARM, "leg": LEG, "face": FACE}
BUILDS = ("feminine", "masculine")


@dataclass(frozen=True)
class Mannequin:
    """One body standing straight: ``height`` are y, ``half`` half-widths, ``arm`` and ``leg`` lengths and half-widths, in canvas units; ``face``: the
    eyes' size (1: as drawn) and how far the features lie lower on the face than drawn (children's do).

    ``label`` is the name in each language, ``tags`` what of the tag library it answers, ``build`` feminine or masculine.
    """

    name: str
    build: str
    height: Mapping[str, float]
    half: Mapping[str, float]
    arm: Mapping[str, float]
    leg: Mapping[str, float]
    face: Mapping[str, float]
    label: Mapping[str, str]
    tags: tuple[str, ...]

    @property
    def heads(self) -> float:
        """How many heads tall it is."""
        return (self.height["sole"] - self.height["crown"]) / (self.height["chin"] - self.height["crown"])


def read_mannequin(path: Path) -> dict[str, Mannequin]:
    """The body in the file, once for each build: feminine and masculine leaning (factors on the body's own numbers)."""
    table = read(path)
    only(table, {*TABLES, *BUILDS, "label", "tags"}, path.name)
    bodies = {}
    for build in BUILDS:
        factors = table.get(build, {})
        parts = {
            name: _measures(need(table, name, path.name), factors.get(name, {}), keys, path.name)
            for name, keys in TABLES.items()
        }
        _upright(parts["height"], path.name)
        bodies[build] = Mannequin(
            path.stem, build, **parts, label=need(table, "label", path.name), tags=tuple(table.get("tags", ()))
        )
    return bodies


def _measures(
    table: Mapping[str, Any], factors: Mapping[str, float], keys: tuple[str, ...], file: str
) -> dict[str, float]:
    only(table, keys, file)
    only(factors, keys, file)
    values = {key: float(need(table, key, file)) * float(factors.get(key, 1.0)) for key in keys}
    for key, value in values.items():
        if not value > 0 and key != "drop":
            raise BadInput("figure.not_positive", file=file, what=key)
    return values


def _upright(height: Mapping[str, float], file: str) -> None:
    for upper, lower in zip(HEIGHTS, HEIGHTS[1:], strict=False):
        if height[upper] >= height[lower]:
            raise BadInput("figure.upside_down", file=file, upper=upper, lower=lower)
