"""How near an enlarged picture is to the large one that it was made small from."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from engines.figure.character import chance
from engines.figure.drawing import draw
from engines.figure.library import library
from engines.media.picture import read_picture
from studio.paths import ASSETS
from tests.upscale.art import Picture, cel_art, line_art

RIM = 8
SIDE, FIGURE = 384, 768
HELD_OUT = 9000
"""Drawings from this seed on were not learnt from."""
WAYS = {"area": Image.Resampling.BOX, "bicubic": Image.Resampling.BICUBIC}


def psnr(found: Picture, true: Picture) -> float:
    """Peak signal to noise in dB of uint8 HxWx3, without the rim."""
    error = ((found.astype(np.float64) - true) ** 2)[RIM:-RIM, RIM:-RIM].mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def ssim(found: Picture, true: Picture) -> float:
    """Structural similarity of the grey pictures (Wang et al. 2004), without the rim."""
    a, b = (cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float64) for part in (found, true))
    mean_a, mean_b = _blur(a), _blur(b)
    var_a, var_b, both = _blur(a * a) - mean_a**2, _blur(b * b) - mean_b**2, _blur(a * b) - mean_a * mean_b
    over = (2 * mean_a * mean_b + 6.5025) * (2 * both + 58.5225)
    under = (mean_a**2 + mean_b**2 + 6.5025) * (var_a + var_b + 58.5225)
    return float((over / under)[RIM:-RIM, RIM:-RIM].mean())


def _blur(values: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5))


def smaller(picture: Picture, way: str = "bicubic", times: int = 2) -> Picture:
    height, width = picture.shape[:2]
    return np.asarray(Image.fromarray(picture).resize((width // times, height // times), WAYS[way]))


def lanczos(picture: Picture, times: int = 2) -> Picture:
    height, width = picture.shape[:2]
    return np.asarray(Image.fromarray(picture).resize((width * times, height * times), Image.Resampling.LANCZOS))


@cache
def lines() -> list[Picture]:
    return [line_art(HELD_OUT + number, SIDE) for number in range(4)]


@cache
def cels() -> list[Picture]:
    return [cel_art(HELD_OUT + number, SIDE) for number in range(4)]


@cache
def figures() -> list[Picture]:
    """Characters of the drawn library, which nothing was learnt from either."""
    drawings = [draw(chance(library(), seed), FIGURE).rgba[..., :3] for seed in (3, 4)]
    return [np.ascontiguousarray(one[: one.shape[0] // 4 * 4, : one.shape[1] // 4 * 4]) for one in drawings]


def painting() -> Picture:
    """The sample that was not learnt from, at a size at which its grain is gone."""
    return still_of(ASSETS / "samples" / "mona_lisa.jpg", 576)


def still_of(file: Path, width: int) -> Picture:
    """A picture at a width, its sides multiples of four."""
    picture = Image.fromarray(read_picture(file)[..., :3])
    height = round(picture.height * width / picture.width) // 4 * 4
    return np.asarray(picture.resize((width // 4 * 4, height), Image.Resampling.LANCZOS))
