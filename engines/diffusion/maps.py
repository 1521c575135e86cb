"""Maps for ControlNets, made from pictures and from joints: poses, lines, edges."""

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

import cv2
import numpy as np

from engines.arrays import Bytes
from studio.paths import ASSETS

LOW, HIGH = 100, 200
"""Thresholds of Canny with which its ControlNets were trained for the most part."""
LINE_SHARE = 1 / 90
"""The widest line that counts as one, as a share of the shorter side."""


def pose_map(joints: Mapping[str, tuple[float, float]], width: int, height: int) -> Bytes:
    """uint8 HxWx3: the limbs between joints (x and y in pixels, by their names in assets/diffusion/pose.toml)."""
    look = _look()
    colours = [bytes.fromhex(colour[1:]) for colour in look["colours"]]
    out = np.zeros((height, width, 3), np.uint8)
    side = min(width, height)
    for (start, end), colour in zip(look["limbs"], colours, strict=False):
        if start in joints and end in joints:
            _limb(out, joints[start], joints[end], side * look["limb"] / 2, [part * look["dim"] for part in colour])
    for joint, colour in zip(joints.values(), colours, strict=False):
        cv2.circle(out, _pixel(joint), max(round(side * look["joint"]), 1), list(colour), -1, cv2.LINE_AA)
    return out


def line_map(picture: Bytes) -> Bytes:
    """uint8 HxWx3: the dark lines of a drawing (uint8 HxWx3), white on black."""
    grey = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY)
    size = 2 * max(round(min(grey.shape) * LINE_SHARE), 1) + 1
    lines = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    strongest = max(float(np.percentile(lines, 99)), 1.0)
    return _three(np.clip(lines * (255 / strongest), 0, 255).astype(np.uint8))


def edge_map(picture: Bytes) -> Bytes:
    """uint8 HxWx3: Canny's edges of a picture (uint8 HxWx3), white on black."""
    return _three(cv2.Canny(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY), LOW, HIGH))


def _limb(out: Bytes, start: tuple[float, float], end: tuple[float, float], thick: float, colour: list[float]) -> None:
    """An ellipse from joint to joint."""
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    angle = float(np.degrees(np.arctan2(end[1] - start[1], end[0] - start[0])))
    axes = (max(round(length / 2), 1), max(round(thick), 1))
    cv2.ellipse(out, _pixel(middle), axes, angle, 0, 360, colour, -1, cv2.LINE_AA)


def _pixel(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0]), round(point[1])


def _three(grey: Bytes) -> Bytes:
    return np.repeat(grey[..., None], 3, axis=2)


@cache
def _look() -> dict[str, Any]:
    return tomllib.loads((ASSETS / "diffusion" / "pose.toml").read_text(encoding="utf-8"))
