"""A frame made small: what flow, gates and the cut detector look at."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from engines.arrays import Bytes, PlanesLike

State = dict[str, Any]

SHORT_SIDE = 360
SMALLEST = 16
STRETCHED = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)
"""Codes of luma that runs over 16..235 as ones over 0..255."""


@dataclass(frozen=True)
class Look:
    """luma uint8 hxw, u and v uint8 of half that size: codes of a frame, its short side at most 360 pixels."""

    luma: Bytes
    u: Bytes
    v: Bytes


def look(planes: PlanesLike, short_side: int = SHORT_SIDE) -> Look:
    """Half a frame's size, or less where its short side would still exceed ``short_side``."""
    height, width = planes.y.shape
    factor = min(0.5, short_side / min(height, width))
    luma, chroma = fitted(width, height, factor), fitted(width, height, factor / 2)
    return Look(reduced(planes.y, luma), reduced(planes.u, chroma), reduced(planes.v, chroma))


def coloured(small: Look, *, full_range: bool) -> Bytes:
    """A look in colours, uint8 RGB hxwx3, as BT.601 whatever the film's matrix is: for finding things, not for showing."""
    height, width = small.luma.shape
    u, v = (cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in (small.u, small.v))
    luma = small.luma if full_range else cv2.LUT(small.luma, STRETCHED)
    return np.asarray(cv2.cvtColor(cv2.merge((luma, v, u)), cv2.COLOR_YCrCb2RGB))


def fitted(width: int, height: int, factor: float) -> tuple[int, int]:
    """(width, height) times a factor, rounded, at least 16."""
    return max(round(width * factor), SMALLEST), max(round(height * factor), SMALLEST)


def reduced(plane: Bytes, size: tuple[int, int]) -> Bytes:
    """A plane at (width, height), averaged over the pixels that fall together."""
    if (plane.shape[1], plane.shape[0]) == size:
        return plane
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def pack(prefix: str, value: Look | None) -> State:
    """A look as entries of a state dictionary."""
    return {} if value is None else {f"{prefix}.luma": value.luma, f"{prefix}.u": value.u, f"{prefix}.v": value.v}


def unpack(prefix: str, state: State) -> Look | None:
    """The look that ``pack`` wrote, or None where there was none."""
    if f"{prefix}.luma" not in state:
        return None
    return Look(*(np.asarray(state[f"{prefix}.{name}"], np.uint8) for name in ("luma", "u", "v")))
