"""How a picture was made, where that shows: flat colours, lines alone, and a camera's own notes in the file."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from engines.vision.describe.fact import Findings, ramp
from engines.vision.describe.view import View

LEAST_SIDE = 64
SIDE = 512
FLAT = 3
MAKER, MODEL, PHOTO_NOTES = 0x010F, 0x0110, 0x8769
EXPOSURE, APERTURE = 0x829A, 0x829D


def medium(view: View, file: Path) -> Findings:
    """A line drawing, flat colours, or a camera's photo. Nothing of most pictures."""
    found = Findings()
    if _by_camera(file):
        found.measures["camera"] = "exposure noted"
        found.tell("medium.photo")
        return found
    if min(view.rgb.shape[:2]) < LEAST_SIDE:
        return found
    rgb = _part(view)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    kernel = np.ones((3, 3), np.uint8)
    flat = float(((cv2.dilate(grey, kernel) - cv2.erode(grey, kernel)) <= FLAT).mean())
    few = _few(rgb)
    found.measures["flat"] = f"{flat:.0%} without any gradient, {few:.0%} in its eight commonest colours"
    lines = _lines(grey)
    found.measures["lines"] = f"{lines:.2f}"
    if lines > 0.5:
        found.tell("medium.lines", lines)
    else:
        varied = float(np.quantile(grey, 0.98)) - float(np.quantile(grey, 0.02)) > 40
        found.tell("medium.flat", ramp(flat, 0.6, 0.75) * ramp(few, 0.85, 0.93) * varied)
    return found


def _part(view: View) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The middle at its own size: making a picture smaller would blur what tells a drawing."""
    height, width = view.rgb.shape[:2]
    top, left = max((height - SIDE) // 2, 0), max((width - SIDE) // 2, 0)
    return np.ascontiguousarray(view.rgb[top : top + SIDE, left : left + SIDE])


def _few(rgb: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
    """Share of the pixels that have one of the eight most frequent colours of 16 levels a channel."""
    coarse = (rgb >> 4).astype(np.int32) @ np.array([256, 16, 1], np.int32)
    counts = np.sort(np.bincount(coarse.ravel(), minlength=4096))[::-1]
    return float(counts[:8].sum() / counts.sum())


def _lines(grey: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
    """How surely this is dark lines on light paper: mostly paper, some dark, and the dark is thin."""
    paper = float((grey > 220).mean())
    dark = grey < 128
    share = float(dark.mean())
    if not 0.003 < share < 0.3:
        return 0.0
    thick = cv2.erode(dark.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    return ramp(paper, 0.7, 0.82) * ramp(float(thick.sum()) / float(dark.sum()), 0.2, 0.08) * ramp(share, 0.003, 0.01)


def _by_camera(file: Path) -> bool:
    """Whether the file carries a camera's maker and an exposure."""
    with Image.open(file) as picture:
        notes = picture.getexif()
        inner = notes.get_ifd(PHOTO_NOTES)
    return bool(notes.get(MAKER) or notes.get(MODEL)) and (EXPOSURE in inner or APERTURE in inner)
