"""A contact sheet of drawn characters, for artists to look at their work.

Run as ``python -m tests.figure_sheet --seed 1 --count 24 out.png``; ``--wear top/shirt`` puts a part on all of them, ``--body``,
``--build``, ``--pose``, ``--expression``, ``--palette``, ``--skin``, ``--hair`` fix one thing, ``--each body`` steps through all of a
thing, ``--crop head`` shows heads, ``--silhouette`` black shapes, ``--regions`` the map of regions, ``--bare`` nothing worn.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from engines.figure.character import FACE, Character, chance
from engines.figure.drawing import labels, picture, silhouette
from engines.figure.library import Library, library
from engines.figure.placing import Scene, scene

FIELDS = ("body", "build", "pose", "expression", "palette", "skin", "hair", "iris")
PAPER = np.array([232, 230, 226], np.float32)
TINTS = np.random.default_rng(5).integers(60, 240, (256, 3))


def main(arguments: list[str]) -> None:
    options = parse(arguments)
    data = library()
    cells = [cell(character, data, options) for character in characters(data, options)]
    columns = min(options.columns, len(cells))
    blank = [np.full_like(cells[0], 255)] * (-len(cells) % columns)
    rows = [np.hstack(row) for row in zip(*[iter([*cells, *blank])] * columns, strict=True)]
    cv2.imwrite(str(options.target), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--wear", nargs="*", default=[])
    parser.add_argument("--only", action="store_true", help="wear nothing but --wear (and a face)")
    parser.add_argument("--each", choices=[*FIELDS, "part"])
    parser.add_argument("--kind", help="with --each part: the kind of part")
    parser.add_argument("--crop", choices=["head", "bust", "hands", "legs"])
    parser.add_argument("--silhouette", action="store_true")
    parser.add_argument("--regions", action="store_true")
    for field in FIELDS:
        parser.add_argument(f"--{field}")
    return parser.parse_args(arguments)


def characters(data: Library, options: argparse.Namespace) -> Iterator[Character]:
    fixed = {field: getattr(options, field) for field in FIELDS if getattr(options, field)}
    pools = {
        "body": data.bodies,
        "build": ("feminine", "masculine"),
        "pose": data.poses,
        "expression": data.expressions,
    }
    pools |= {
        "palette": data.swatches.palettes,
        "skin": data.swatches.skins,
        "hair": data.swatches.hairs,
        "iris": data.swatches.irises,
    }
    if options.each == "part":
        names = [name for name in data.parts if name.startswith(f"{options.kind}/")]
        rounds = [(fixed, [*options.wear, name]) for name in names]
    elif options.each:
        rounds = [({**fixed, options.each: name}, options.wear) for name in pools[options.each]]
    else:
        rounds = [(fixed, options.wear)] * options.count
    for number, (chosen, wear) in enumerate(rounds):
        character = chance(data, options.seed + number, chosen, wear)
        if options.only:
            kept = tuple(name for name in character.parts if name in wear or name.split("/")[0] in FACE)
            character = replace(character, parts=kept)
        yield character


def cell(character: Character, data: Library, options: argparse.Namespace) -> np.ndarray:
    """One figure, (height, width, 3) uint8."""
    placed = scene(character, data)
    height = options.height
    if options.crop:
        return crop(picture(placed, data, height * 3), placed, options.crop, height)
    if options.regions:
        return TINTS[labels(placed, height)].astype(np.uint8)
    rgba = silhouette(placed, height) if options.silhouette else picture(placed, data, height)
    return over_paper(rgba)


def over_paper(rgba: np.ndarray) -> np.ndarray:
    alpha = rgba[..., 3:].astype(np.float32) / 255
    return (rgba[..., :3] * alpha + PAPER * (1 - alpha)).astype(np.uint8)


def crop(rgba: np.ndarray, placed: Scene, part: str, height: int) -> np.ndarray:
    scale = rgba.shape[0] / 1500
    places = {
        "head": ("head", (500, 220), 150),
        "bust": ("head", (500, 360), 260),
        "hands": ("arm_l", (398, 740), 110),
        "legs": ("torso", (500, 1050), 420),
    }
    follow, point, reach = places[part]
    x, y = placed.at(follow, np.array([point], float))[0]
    if part in ("head", "bust"):
        reach *= max(1.0, placed.stance.body.half["head"] / 78) * placed.size
    low = (np.array([x, y]) - reach) * scale
    side = int(2 * reach * scale)
    left, top = (int(min(max(v, 0), n - side)) for v, n in zip(low, (rgba.shape[1], rgba.shape[0]), strict=True))
    piece = over_paper(rgba[max(top, 0) : top + side, max(left, 0) : left + side])
    return cv2.resize(piece, (height, height), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    main(sys.argv[1:])
