"""Hair and skin around a face: where a person surely is, what of it is none of the face's skin, and its colour."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.arrays import Bytes, Floats
from engines.vision.describe.colours import distance
from engines.vision.describe.fact import Findings, ramp
from engines.vision.describe.view import lab, shrunk
from engines.vision.faces.face import OVAL, Face
from engines.vision.faces.layout import CHEEKS
from studio.paths import ASSETS

Segment = Callable[[Bytes], Floats]
Mask = NDArray[np.bool_]

SIDE = 320
REACH = 1.9
SURELY = 0.85
SKIN_LIKE = 13.0
TURN = 0.45
LEAST_FACE = 40
LEAST_HAIR = 0.25
LEAST_PIXELS = 60
UNNATURAL = "hair.unnatural"
FOREHEAD, CHIN = 10, 152
MARGIN = 1.05


@dataclass(frozen=True)
class Head:
    """A square around a face. ``lab`` float32 SxSx3; ``body`` bool SxS: where surely a person is; ``across`` and ``up`` float32
    SxS: places in heights of the face from the middle between the eyes, ``up`` towards the forehead; ``face`` bool SxS: the face's
    oval with a margin; ``skin`` 3 numbers: its CIELAB colour, ``spread`` how far it varies.
    """

    lab: Floats
    body: Mask
    across: Floats
    up: Floats
    face: Mask
    skin: Floats
    spread: float


def head_of(rgb: Bytes, face: Face, segment: Segment) -> Head | None:
    """None where the face is too small or in profile. ``rgb`` uint8 HxWx3; ``segment`` gives person probability (``Selfie``)."""
    points = face.points[:, :2]
    unit = float(np.linalg.norm(points[FOREHEAD] - points[CHIN]))
    if unit < LEAST_FACE or abs(face.turn) > TURN:
        return None
    middle = (face.eyes[0] + face.eyes[1]) / 2
    left, top = (max(round(float(value - REACH * unit)), 0) for value in middle)
    right, bottom = (round(float(value + REACH * unit)) for value in middle)
    part = np.ascontiguousarray(rgb[top:bottom, left:right])
    small = shrunk(part, SIDE)
    scale = small.shape[1] / part.shape[1]
    here = (points - np.array([left, top])) * scale
    unit *= scale
    eyes = (middle - np.array([left, top])) * scale
    rows, columns = np.mgrid[: small.shape[0], : small.shape[1]].astype(np.float32)
    cos, sin = np.cos(face.tilt), np.sin(face.tilt)
    x, y = (columns - eyes[0]) / unit, (rows - eyes[1]) / unit
    values = lab(small)
    samples = np.concatenate([_around(values, here[index], max(unit / 30, 1)) for index in CHEEKS])
    skin = np.median(samples, axis=0).astype(np.float32)
    return Head(
        values,
        segment(small) > SURELY,
        (x * cos + y * sin).astype(np.float32),
        (x * sin - y * cos).astype(np.float32),
        _oval(here, values.shape[:2]),
        skin,
        float(np.median(distance(skin, samples))),
    )


def head_facts(head: Head) -> Findings:
    """Hair colour and skin tone, where they are sure."""
    found = Findings()
    _hair(found, head)
    _skin(found, head)
    return found


@dataclass(frozen=True)
class Shade:
    """A hair colour: the phrase that it gives, and examples in CIELAB (float32 Nx3)."""

    key: str
    examples: Floats


@cache
def shades() -> tuple[Shade, ...]:
    """Hair colours from ``assets/describe/hair.toml``."""
    entries = tomllib.loads((ASSETS / "describe" / "hair.toml").read_text(encoding="utf-8"))["shade"]
    return tuple(
        Shade(
            entry["key"],
            lab(np.array([list(bytes.fromhex(value.removeprefix("#"))) for value in entry["hex"]], np.uint8)),
        )
        for entry in entries
    )


def hair_colour(head: Head) -> Floats | None:
    """CIELAB of what is above the forehead and beside it, be it hair or a hat; None where there is too little of it."""
    pixels, _ = _hair_pixels(head)
    return np.median(pixels, axis=0).astype(np.float32) if len(pixels) >= LEAST_PIXELS else None


def _hair_pixels(head: Head) -> tuple[Floats, list[float]]:
    """CIELAB Nx3, and how much of the zones on top and at both sides they fill, 0..1."""
    other = head.body & ~head.face & (distance(head.skin, head.lab) > SKIN_LIKE)
    beside = (head.up > 0.05) & (head.up < 0.5)
    zones = [
        (head.up > 0.45) & (head.up < 0.85) & (np.abs(head.across) < 0.4),
        *(beside & (sign * head.across > 0.38) & (sign * head.across < 0.62) for sign in (-1, 1)),
    ]
    shares = [float((zone & other).sum()) / max(float(zone.sum()), 1) for zone in zones]
    return head.lab[(zones[0] | zones[1] | zones[2]) & other], shares


def _hair(found: Findings, head: Head) -> None:
    """One natural colour must hold on top and beside the forehead: a hat or a scarf that isn't of a hair's colour is never
    taken for hair. Nothing is said where two shades are about as near, where the hair is light here and dark there, or where
    much of it looks like skin.
    """
    pixels, shares = _hair_pixels(head)
    found.measures["hair area"] = ", ".join(f"{share:.0%}" for share in shares)
    if shares[0] < LEAST_HAIR or max(shares[1:]) < LEAST_HAIR / 3 or len(pixels) < LEAST_PIXELS:
        return
    middle = np.median(pixels, axis=0).astype(np.float32)
    dark, light = np.quantile(pixels[:, 0], [0.15, 0.85])
    found.measures["hair"] = f"L {middle[0]:.0f} ({dark:.0f} to {light:.0f}), a {middle[1]:.0f}, b {middle[2]:.0f}"
    near = sorted((float(distance(shade.examples, middle).min()), shade.key) for shade in shades())
    agreed = float((_hue_gap(pixels, middle) < 12).mean())
    plain = _unlike_skin(head)
    found.measures["hair colour"] = (
        f"{near[0][1]} {near[0][0]:.1f}, {near[1][1]} {near[1][0]:.1f}, {agreed:.0%} alike, {plain:.0%} unlike skin"
    )
    if near[0][1] == UNNATURAL:
        return
    sure = ramp(near[0][0], 11, 6) * ramp(near[1][0] - near[0][0], 0, 2) * ramp(agreed, 0.5, 0.75)
    even = ramp(float(light - dark), 42, 30) * ramp(plain, 0.6, 0.75)
    even *= max(ramp(head.spread, 16, 12), ramp(float(light), 26, 20))
    found.tell(near[0][1], sure * even * ramp(shares[0], LEAST_HAIR, 0.4))


def _unlike_skin(head: Head) -> float:
    """Share of what is right above the face that doesn't look like its skin."""
    above = head.body & ~head.face & (head.up > 0.5) & (head.up < 0.8) & (np.abs(head.across) < 0.35)
    return float((distance(head.skin, head.lab[above]) > SKIN_LIKE).mean()) if above.any() else 0.0


def _hue_gap(pixels: Floats, middle: Floats) -> Floats:
    """How far the a and b of pixels lie from a colour's."""
    return np.hypot(pixels[:, 1] - middle[1], pixels[:, 2] - middle[2])  # type: ignore[no-any-return]


def _skin(found: Findings, head: Head) -> None:
    """By the individual typology angle (Chardin et al. 1991). Light changes it, so that only its ends are told, and those
    only of evenly lit skin of a skin's hue.
    """
    lightness, red, yellow = (float(value) for value in head.skin)
    angle = float(np.degrees(np.arctan2(lightness - 50, max(yellow, 1e-3))))
    hue = float(np.degrees(np.arctan2(yellow, red)))
    found.measures["skin"] = (
        f"L {lightness:.0f}, a {red:.0f}, b {yellow:.0f}, ITA {angle:.0f}°, varies {head.spread:.0f}"
    )
    even = ramp(head.spread, 12, 7) * ramp(abs(hue - 50), 40, 30) * ramp(float(np.hypot(red, yellow)), 5, 9)
    found.tell("skin.fair", ramp(angle, 35, 45) * ramp(lightness, 62, 68) * even)
    found.tell("skin.deep", ramp(angle, -25, -40) * ramp(lightness, 18, 24) * ramp(lightness, 44, 38) * even)


def _around(values: Floats, point: Floats, reach: float) -> Floats:
    x, y = (round(float(value)) for value in point)
    near = round(reach)
    return values[max(y - near, 0) : y + near + 1, max(x - near, 0) : x + near + 1].reshape(-1, 3)


def _oval(points: Floats, shape: tuple[int, ...]) -> Mask:
    ring = points[list(OVAL)]
    ring = ring.mean(axis=0) + (ring - ring.mean(axis=0)) * MARGIN
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(ring).astype(np.int32)], 1)
    return mask.astype(bool)
