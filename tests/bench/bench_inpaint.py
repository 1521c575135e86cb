"""Filling with patches beside OpenCV's Telea and Navier-Stokes: holes in real pictures whose content is known.

Run as ``python -m tests.bench.bench_inpaint``. Pictures and frames lie in the folder named by ATELIER_FOOTAGE; without it there
are the studio's own samples alone. PSNR rewards blur, so texture is measured besides: how much of the true steepness is there.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from engines.media.picture import poster
from engines.vision.patch.fill import filled
from studio.paths import ASSETS
from tests.upscale.art import Picture
from tests.upscale.measure import psnr, ssim

SIDE, LARGE = 640, 2048
HOLES = 3
SHARE = 0.16
"""Of the shorter side, that a hole is wide."""
REACH = 5
NAMES = (
    "street_540x960.mp4",
    "woman_suit_1280x720.mp4",
    "man_with_glasses.jpg",
    "mona_lisa.jpg",
    "girl_with_a_pearl_earring.jpg",
)
Fill = Callable[[Picture, Picture], Picture]


def ours(rgb: Picture, hole: Picture) -> Picture:
    return filled(rgb, hole, 1, lambda done, total, see: None)


def telea(rgb: Picture, hole: Picture) -> Picture:
    return np.asarray(cv2.inpaint(rgb, hole, REACH, cv2.INPAINT_TELEA), np.uint8)


def navier_stokes(rgb: Picture, hole: Picture) -> Picture:
    return np.asarray(cv2.inpaint(rgb, hole, REACH, cv2.INPAINT_NS), np.uint8)


WAYS: dict[str, Fill] = {"patches": ours, "Telea": telea, "Navier-Stokes": navier_stokes}


def pictures() -> Iterator[tuple[str, Picture]]:
    folder = Path(os.environ.get("ATELIER_FOOTAGE", "../shared/footage"))
    for name in NAMES:
        file = next((place / name for place in (folder, ASSETS / "samples") if (place / name).exists()), None)
        if file is not None:
            yield name.partition(".")[0], sized(poster(file), SIDE)


def sized(rgb: Picture, side: int) -> Picture:
    scale = side / max(rgb.shape[:2])
    return np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def holes(rgb: Picture) -> Picture:
    """Ellipses at places that chance picks, the same each time; uint8 HxW of 0 and 1."""
    rng, (height, width) = np.random.default_rng(7), rgb.shape[:2]
    hole, axis = np.zeros((height, width), np.uint8), round(min(height, width) * SHARE / 2)
    for _ in range(HOLES):
        x, y = (int(rng.integers(2 * axis, side - 2 * axis)) for side in (width, height))
        cv2.ellipse(hole, (x, y), (axis, round(axis * rng.uniform(0.6, 1.4))), 0, 0, 360, 1, -1)
    return hole


def steepness(rgb: Picture, hole: Picture) -> float:
    light = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(np.hypot(np.gradient(light, axis=0), np.gradient(light, axis=1))[hole > 0].mean())


def quality() -> None:
    for name, true in pictures():
        hole = holes(true)
        broken = np.where(hole[..., None] > 0, 0, true).astype(np.uint8)
        box = np.s_[tuple(slice(some.min(), some.max() + 1) for some in np.nonzero(hole))]
        for way, fill in WAYS.items():
            began = time.process_time()
            made = fill(broken, hole)
            spent = time.process_time() - began
            told = [measure(made[box], true[box]) for measure in (psnr, ssim)]
            texture = steepness(made, hole) / steepness(true, hole)
            say(
                f"{name:26} {way:14} PSNR {told[0]:.2f}  SSIM {told[1]:.4f}  texture {texture:.0%}  {spent:.2f} s of CPU"
            )


def speed() -> None:
    true = sized(poster(ASSETS / "samples" / "mona_lisa.jpg"), LARGE)
    hole = holes(true)
    began = time.process_time()
    ours(true, hole)
    spent = time.process_time() - began
    say(f"{true.shape[1]}x{true.shape[0]}, {hole.mean():.1%} of it filled: {spent:.1f} s of CPU time")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    cv2.setNumThreads(1)
    warm = np.full((96, 96, 3), 90, np.uint8)
    ours(warm, holes(warm))
    quality()
    speed()
