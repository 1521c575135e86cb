"""What happens to a frame before somebody asks for it."""

from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from typing import Any

import av
import cv2
import numpy as np

from engines.arrays import Bytes

Dice = np.random.Generator


def crop(frame: Bytes, dice: Dice, part: float) -> Bytes:
    """``part`` of the area, somewhere."""
    height, width = frame.shape[:2]
    tall, broad = round(height * part**0.5), round(width * part**0.5)
    top, left = int(dice.integers(height - tall + 1)), int(dice.integers(width - broad + 1))
    return frame[top : top + tall, left : left + broad].copy()


def crop_half(frame: Bytes, dice: Dice) -> Bytes:
    return crop(frame, dice, 0.5)


def crop_quarter(frame: Bytes, dice: Dice) -> Bytes:
    """Half of each side."""
    return crop(frame, dice, 0.25)


def shrink(frame: Bytes, dice: Dice) -> Bytes:
    return cv2.resize(frame, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)


def jpeg(frame: Bytes, dice: Dice) -> Bytes:
    _, coded = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 20])
    return np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])


def h264(frame: Bytes, dice: Dice) -> Bytes:
    """At a fifth of the bits that are usual."""
    height, width = (side // 2 * 2 for side in frame.shape[:2])
    file = BytesIO()
    with av.open(file, "w", format="matroska") as out:
        stream: Any = out.add_stream("libx264", rate=Fraction(25), options={"crf": "40", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(2):
            out.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame[:height, :width]), format="rgb24"))
            )
        out.mux(stream.encode())
    file.seek(0)
    with av.open(file) as coded:
        return [image.to_ndarray(format="rgb24") for image in coded.decode(video=0)][-1]


def borders(frame: Bytes, dice: Dice) -> Bytes:
    """Black bars above and below, or at the sides, or all around."""
    height, width = frame.shape[:2]
    y, x = ((0.2, 0.0), (0.0, 0.3), (0.15, 0.15))[int(dice.integers(3))]
    return cv2.copyMakeBorder(
        frame, round(height * y), round(height * y), round(width * x), round(width * x), cv2.BORDER_CONSTANT
    )


def overlay(frame: Bytes, dice: Dice) -> Bytes:
    """A logo in a corner and two lines of caption on a dark bar."""
    height, width = frame.shape[:2]
    out = frame.copy()
    bar = round(height * 0.2)
    out[-bar:] = out[-bar:] // 3
    size = height / 600
    for line, text in enumerate(
        ("WE ARE ON AIR - THIS MORNING'S NEWS", "a caption that stands below all, as it is usual")
    ):
        place = round(width * 0.05), height - bar + round(bar * (0.4 + 0.45 * line))
        cv2.putText(
            out, text, place, cv2.FONT_HERSHEY_DUPLEX, size, (255, 255, 255), max(round(size * 2), 1), cv2.LINE_AA
        )
    radius = round(height * 0.11)
    centre = width - round(radius * 1.4), round(radius * 1.4)
    cv2.circle(out, centre, radius, (230, 30, 40), -1, cv2.LINE_AA)
    cv2.putText(
        out,
        "TV",
        (centre[0] - radius // 2, centre[1] + radius // 3),
        cv2.FONT_HERSHEY_TRIPLEX,
        size * 1.6,
        (255, 255, 255),
        2,
        cv2.LINE_AA,
    )
    return out


def flip(frame: Bytes, dice: Dice) -> Bytes:
    return np.ascontiguousarray(frame[:, ::-1])


def brighter(frame: Bytes, dice: Dice) -> Bytes:
    return np.clip(frame * 1.3, 0, 255).astype(np.uint8)


def darker(frame: Bytes, dice: Dice) -> Bytes:
    return (frame * 0.7).astype(np.uint8)


def grey(frame: Bytes, dice: Dice) -> Bytes:
    return cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def rotated(frame: Bytes, dice: Dice) -> Bytes:
    """By 10 degrees to either side, with black corners."""
    height, width = frame.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 10 if dice.random() < 0.5 else -10, 1)
    return cv2.warpAffine(frame, turn, (width, height), flags=cv2.INTER_LINEAR)


def player(frame: Bytes, dice: Dice) -> Bytes:
    """A screenshot of a page with a player: the frame takes about 40 % of it, with buttons over it and a list beside it."""
    page = np.full((720, 1280, 3), 250 if dice.random() < 0.5 else 24, np.uint8)
    ink = (40, 40, 40) if page[0, 0, 0] > 128 else (220, 220, 220)
    height, width = frame.shape[:2]
    scale = min(820 / width, 500 / height)
    shown = cv2.resize(
        frame,
        (round(width * scale), round(height * scale)),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    tall, broad = shown.shape[:2]
    top, left = 80, 40
    page[top : top + 500, left : left + 820] = 0
    inset = left + (820 - broad) // 2
    page[top : top + tall, inset : inset + broad] = shown
    cv2.line(page, (left + 10, top + 490), (left + 810, top + 490), (200, 200, 200), 4)
    cv2.line(page, (left + 10, top + 490), (left + 10 + int(dice.integers(800)), top + 490), (230, 30, 30), 4)
    cv2.circle(page, (left + 410, top + 250), 34, (240, 240, 240), 3, cv2.LINE_AA)
    cv2.fillPoly(
        page, [np.array([[left + 400, top + 234], [left + 400, top + 266], [left + 428, top + 250]])], (240, 240, 240)
    )
    cv2.putText(page, "studio tube", (40, 50), cv2.FONT_HERSHEY_DUPLEX, 1, ink, 2, cv2.LINE_AA)
    cv2.putText(
        page, "A film that somebody has put here, part 2", (40, 630), cv2.FONT_HERSHEY_SIMPLEX, 0.9, ink, 2, cv2.LINE_AA
    )
    for row in range(5):
        y = 80 + row * 120
        picture = cv2.resize(
            dice.integers(0, 256, (3, 4, 3)).astype(np.uint8), (170, 96), interpolation=cv2.INTER_CUBIC
        )
        page[y : y + 96, 890:1060] = picture
        cv2.putText(
            page,
            f"Another film {dice.integers(100)}",
            (1070, y + 30),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.6,
            ink,
            1,
            cv2.LINE_AA,
        )
    return page


EDITS: dict[str, Callable[[Bytes, Dice], Bytes]] = {
    "crop to 50 % of the area": crop_half,
    "crop to 50 % of each side": crop_quarter,
    "scale to 25 %": shrink,
    "JPEG quality 20": jpeg,
    "H.264, crf 40": h264,
    "black borders": borders,
    "logo and caption": overlay,
    "mirrored": flip,
    "30 % brighter": brighter,
    "30 % darker": darker,
    "grey": grey,
    "rotated by 10 degrees": rotated,
    "screenshot of a player": player,
}
RECODED = ("scale to 25 %", "JPEG quality 20", "H.264, crf 40")
