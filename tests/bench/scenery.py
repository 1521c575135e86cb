"""Pictures of many kinds, drawn by chance: what a library is filled with where footage is short. The same seed gives the same picture."""

import string
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from engines.arrays import Bytes, Floats

Dice = np.random.Generator
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)


def scene(seed: int, width: int = 640, height: int = 360) -> Bytes:
    """uint8 HxWx3 of one of ten kinds, graded and grained as by a camera."""
    dice = np.random.default_rng(seed)
    picture = SCENES[int(dice.integers(len(SCENES)))](dice, width, height)
    return camera(picture, dice)


def camera(picture: Bytes, dice: Dice) -> Bytes:
    """The picture softened, graded, with vignette and grain."""
    soft = cv2.GaussianBlur(picture, (0, 0), dice.uniform(0.4, 1.1)).astype(np.float32) / 255
    height, width = soft.shape[:2]
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    soft *= (1 - dice.uniform(0, 0.35) * (x * x + y * y) / 2)[..., None].astype(np.float32)
    soft = np.clip(soft * dice.uniform(0.85, 1.1, 3).astype(np.float32), 0, 1) ** np.float32(dice.uniform(0.8, 1.3))
    grain = np.empty((height, width), np.float32)
    cv2.setRNGSeed(int(dice.integers(2**31)))
    cv2.randn(grain, 0, float(dice.uniform(0.003, 0.02)))
    return np.clip((soft + grain[..., None]) * 255, 0, 255).astype(np.uint8)


def clouds(dice: Dice, width: int, height: int, slope: float) -> Floats:
    """HxW, 0..1: noise with power falling by 1/f to the ``slope``."""
    across, down = np.fft.rfftfreq(width), np.fft.fftfreq(height)
    power = 1 / np.maximum(np.hypot(across[None], down[:, None]), 1 / width) ** slope
    spectrum = power * np.exp(2j * np.pi * dice.random(power.shape))
    field = np.fft.irfft2(spectrum, (height, width))
    low, high = np.percentile(field, (1, 99))
    return np.clip((field - low) / (high - low), 0, 1).astype(np.float32)


def ramp(values: Floats, dice: Dice, stops: int = 4) -> Bytes:
    """HxWx3: the values 0..1 coloured by a chance palette."""
    places = np.linspace(0, 1, stops)
    colours = dice.integers(0, 256, (stops, 3))
    table = np.stack([np.interp(np.linspace(0, 1, 256), places, colours[:, c]) for c in range(3)], axis=1)
    return table.astype(np.uint8)[(values * 255).astype(np.uint8)]


def colour(dice: Dice) -> tuple[int, int, int]:
    red, green, blue = (int(part) for part in dice.integers(0, 256, 3))
    return red, green, blue


def landscape(dice: Dice, width: int, height: int) -> Bytes:
    picture = ramp(clouds(dice, width, height, dice.uniform(1.2, 2)), dice)
    cv2.circle(
        picture,
        (int(dice.integers(width)), int(dice.integers(height // 2))),
        int(dice.integers(8, 50)),
        colour(dice),
        -1,
        cv2.LINE_AA,
    )
    for ridge in range(int(dice.integers(2, 6))):
        line = clouds(dice, width, 1, 1.4)[0]
        tops = height * (0.3 + 0.12 * ridge) + (line - 0.5) * height * dice.uniform(0.1, 0.5)
        ground = np.arange(height)[:, None] > tops[None]
        picture[ground] = ramp(clouds(dice, width, height, dice.uniform(0.8, 1.4)), dice, 3)[ground]
    return picture


def city(dice: Dice, width: int, height: int) -> Bytes:
    picture = ramp(np.tile(np.linspace(0, 1, height, dtype=np.float32)[:, None], (1, width)), dice, 3)
    for _ in range(int(dice.integers(5, 14))):
        left, broad = int(dice.integers(-40, width)), int(dice.integers(40, 160))
        top = int(dice.integers(height // 8, height * 3 // 4))
        cv2.rectangle(picture, (left, top), (left + broad, height), colour(dice), -1)
        step, lit = int(dice.integers(8, 24)), colour(dice)
        for y in range(top + 4, height, step):
            for x in range(left + 4, left + broad - step // 2, step):
                if dice.random() < 0.6:
                    cv2.rectangle(picture, (x, y), (x + step // 2, y + step * 2 // 3), lit, -1)
    return tilted(picture, dice, 0.12)


def page(dice: Dice, width: int, height: int) -> Bytes:
    """A slide or a page: headings, lines of words, bars."""
    picture = np.full((height, width, 3), colour(dice), np.uint8)
    ink, font = colour(dice), FONTS[int(dice.integers(len(FONTS)))]
    y, size = 30, dice.uniform(0.4, 1.2)
    while y < height:
        words = " ".join("".join(dice.choice(list(string.ascii_letters), dice.integers(2, 9))) for _ in range(8))
        cv2.putText(
            picture,
            words[: int(dice.integers(8, 60))],
            (int(dice.integers(5, 60)), y),
            font,
            size,
            ink,
            1 + int(size),
            cv2.LINE_AA,
        )
        y += int(size * dice.integers(26, 46))
        if dice.random() < 0.2:
            corner = int(dice.integers(width)), y
            cv2.rectangle(
                picture,
                corner,
                (corner[0] + int(dice.integers(30, 300)), y + int(dice.integers(10, 90))),
                colour(dice),
                -1,
            )
    return picture


def stones(dice: Dice, width: int, height: int) -> Bytes:
    """Cells around chance points, each with a colour of its own, with joints between."""
    count = int(dice.integers(30, 250))
    marks = np.full((height, width), 255, np.uint8)
    marks[dice.integers(0, height, count), dice.integers(0, width, count)] = 0
    far, cell = cv2.distanceTransformWithLabels(marks, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    palette = dice.integers(40, 230, (int(cell.max()) + 1, 3))
    rough = clouds(dice, width, height, 1.0)[..., None]
    shade = 1 - 0.6 * np.clip(far / max(float(far.max()) * 0.6, 1), 0, 1)[..., None]
    return np.clip(palette[cell] * shade * (0.6 + 0.6 * rough), 0, 255).astype(np.uint8)


def leaves(dice: Dice, width: int, height: int) -> Bytes:
    picture = ramp(clouds(dice, width, height, 1.8), dice, 3)
    hue = dice.integers(0, 200, 3)
    for _ in range(int(dice.integers(150, 600))):
        centre = int(dice.integers(width)), int(dice.integers(height))
        axes = int(dice.integers(4, 30)), int(dice.integers(2, 9))
        tone = tuple(int(part) for part in np.clip(hue + dice.integers(-60, 90, 3), 0, 255))
        cv2.ellipse(picture, centre, axes, float(dice.uniform(0, 180)), 0, 360, tone, -1, cv2.LINE_AA)
    return picture


def speaker(dice: Dice, width: int, height: int) -> Bytes:
    """A head and shoulders before a quiet wall: few details, as in an interview."""
    picture = cv2.GaussianBlur(ramp(clouds(dice, width, height, 2.4), dice, 3), (0, 0), dice.uniform(1, 6))
    for _ in range(int(dice.integers(0, 5))):
        corner = int(dice.integers(width)), int(dice.integers(height))
        cv2.rectangle(
            picture,
            corner,
            (corner[0] + int(dice.integers(20, 160)), corner[1] + int(dice.integers(20, 120))),
            colour(dice),
            -1,
        )
    x, y, size = (
        int(width * dice.uniform(0.25, 0.75)),
        int(height * dice.uniform(0.35, 0.5)),
        height * dice.uniform(0.14, 0.26),
    )
    skin = np.array([224, 180, 150]) * dice.uniform(0.4, 1.1)
    cv2.ellipse(
        picture, (x, int(y + size * 2.6)), (int(size * 1.9), int(size * 1.5)), 0, 0, 360, colour(dice), -1, cv2.LINE_AA
    )
    cv2.ellipse(
        picture,
        (x, int(y - size * 0.15)),
        (int(size * 0.9), int(size * 1.15)),
        0,
        0,
        360,
        colour(dice),
        -1,
        cv2.LINE_AA,
    )
    cv2.ellipse(
        picture,
        (x, y),
        (int(size * 0.75), int(size)),
        float(dice.uniform(-12, 12)),
        0,
        360,
        tuple(np.clip(skin, 0, 255)),
        -1,
        cv2.LINE_AA,
    )
    for side in (-1, 1):
        cv2.circle(
            picture,
            (int(x + side * size * 0.3), int(y - size * 0.1)),
            max(int(size * 0.09), 1),
            (30, 25, 25),
            -1,
            cv2.LINE_AA,
        )
    cv2.ellipse(
        picture,
        (x, int(y + size * 0.45)),
        (int(size * 0.28), int(size * dice.uniform(0.04, 0.2))),
        0,
        0,
        360,
        (120, 40, 45),
        -1,
        cv2.LINE_AA,
    )
    light = clouds(dice, width, height, 2.2)[..., None]
    return np.clip(picture * (0.75 + 0.45 * light), 0, 255).astype(np.uint8)


def lights(dice: Dice, width: int, height: int) -> Bytes:
    """Discs of light out of focus at night."""
    picture = np.zeros((height, width, 3), np.float32) + dice.uniform(0, 50, 3)
    for _ in range(int(dice.integers(20, 90))):
        spot = np.zeros((height, width, 3), np.uint8)
        radius = int(dice.integers(3, 34))
        cv2.circle(spot, (int(dice.integers(width)), int(dice.integers(height))), radius, colour(dice), -1, cv2.LINE_AA)
        picture += spot * dice.uniform(0.2, 0.7)
    return np.clip(picture, 0, 255).astype(np.uint8)


def cloth(dice: Dice, width: int, height: int) -> Bytes:
    """Stripes and checks that repeat, bent by folds."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    folds = clouds(dice, width, height, 2.2) * dice.uniform(5, 60)
    pitch, turn = dice.uniform(8, 40, 2), dice.uniform(0, np.pi)
    along = (x * np.cos(turn) + y * np.sin(turn) + folds) / pitch[0]
    over = (y * np.cos(turn) - x * np.sin(turn) + folds) / pitch[1]
    weave = (np.sin(along) + np.sin(over * dice.uniform(0.3, 2))) / 4 + 0.5
    return ramp(np.clip(weave * (0.6 + 0.4 * clouds(dice, width, height, 1.6)), 0, 1).astype(np.float32), dice)


def tilted(picture: Bytes, dice: Dice, much: float) -> Bytes:
    """Seen from aside: the corners moved by up to ``much`` of the size."""
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + dice.uniform(-much, much, (4, 2)).astype(np.float32) * [width, height]
    turn = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return cv2.warpPerspective(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT)


def things(dice: Dice, width: int, height: int) -> Bytes:
    """Solids with shading over a textured floor, seen from aside."""
    picture = ramp(clouds(dice, width, height, dice.uniform(0.9, 2)), dice, 3)
    for _ in range(int(dice.integers(6, 40))):
        centre = np.array([dice.integers(width), dice.integers(height)])
        count, size = int(dice.integers(3, 9)), dice.uniform(10, 80)
        turns = np.sort(dice.uniform(0, 2 * np.pi, count))
        points = centre + size * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(mask, [points.astype(np.int32)], 255, cv2.LINE_AA)
        skin = ramp(clouds(dice, 64, 64, dice.uniform(0.6, 2)), dice, 3)
        covered = mask > 127
        picture[covered] = cv2.resize(skin, (width, height), interpolation=cv2.INTER_CUBIC)[covered]
    return tilted(picture, dice, 0.1)


SCENES: tuple[Callable[[Dice, int, int], Any], ...] = (
    landscape,
    city,
    page,
    stones,
    leaves,
    speaker,
    lights,
    cloth,
    things,
    things,
)
