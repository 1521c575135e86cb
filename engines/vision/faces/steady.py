"""Calm from frame to frame: the light on a face and what is in front of it, held on the flat map, which moves with the face."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.vision.faces.lasting import lasting
from engines.vision.faces.layout import layout
from engines.vision.faces.raster import fill
from engines.vision.faces.reading import Reading
from engines.vision.faces.skin import Tone
from engines.vision.faces.texture import WIDTH, flat_points, map_size
from engines.vision.look import State

Floats = NDArray[np.float32]

GRID = 32
SLOWEST = 0.12
NOISE, CHANGE = 0.012, 0.05
COMES, GOES = 0.5, 0.25


@dataclass
class _Held:
    """``grid`` float32 hxwx4: Y, Cr, Cb of the light and what is in front; ``tone`` float64 of 6; frames ``missing`` since."""

    grid: Floats
    tone: NDArray[np.float64]
    missing: int = 0


class Steady:
    """Smooths the readings of each track, one call for each frame in their order.

    The mean of the light goes slowly where it hardly changes and at once where it really does, place by place; what comes in
    front is believed faster than that it has gone. A cut forgets all, and a face that is gone for more than five frames is forgotten.
    """

    def __init__(self) -> None:
        self._held: dict[int, _Held] = {}

    def __call__(self, readings: Mapping[int, Reading], cut: bool) -> dict[int, Reading]:
        """``readings`` of one frame by the ids of their tracks; ``cut``: a new shot begins with it. Returns the same, smoothed."""
        self._held = lasting(self._held, readings, cut)
        return {track: self._smoothed(track, reading) for track, reading in readings.items()}

    def state(self) -> State:
        entries: State = {"tracks": np.array(list(self._held), np.int64)}
        for track, held in self._held.items():
            entries |= {f"{track}.grid": held.grid, f"{track}.tone": held.tone, f"{track}.missing": held.missing}
        return entries

    def restore(self, state: State) -> None:
        self._held = {
            track: _Held(
                np.array(state[f"{track}.grid"], np.float32),
                np.array(state[f"{track}.tone"], np.float64),
                int(state[f"{track}.missing"]),
            )
            for track in np.asarray(state["tracks"]).tolist()
        }

    def _smoothed(self, track: int, reading: Reading) -> Reading:
        now, tone = _grid(reading), _numbers(reading.light.tone)
        held = self._held.get(track)
        if held is None:
            self._held[track] = _Held(now, tone)
            return reading
        difference = now - held.grid
        share = _share(cv2.GaussianBlur(np.abs(difference[..., :3]).max(axis=2), (0, 0), 1.5))[..., None]
        held.grid[..., :3] += share * difference[..., :3]
        held.grid[..., 3] += np.where(difference[..., 3] > 0, COMES, GOES).astype(np.float32) * difference[..., 3]
        held.tone += _share(np.abs(tone - held.tone)[:3].max()) * (tone - held.tone)
        return _with(reading, held.grid - now, held.tone)


def _with(reading: Reading, change: Floats, tone: NDArray[np.float64]) -> Reading:
    """A reading with a change of its light and its front, given on the grid."""
    light = reading.light
    places = (light.places + np.float32(0.5)) * np.float32(GRID / WIDTH) - np.float32(0.5)
    here = cv2.remap(change, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    here *= (light.places[..., :1] >= 0).astype(np.float32)
    lit = replace(light, around=light.around + here[..., :3], tone=Tone(*(float(number) for number in tone)))
    return replace(reading, light=lit, front=np.clip(reading.front + here[..., 3], 0, 1))


def _grid(reading: Reading) -> Floats:
    """The light and what is in front of a face on the grid, float32 hxwx4."""
    height, width = reading.front.shape
    factor = np.array([width / reading.shape[1], height / reading.shape[0]], np.float32)
    corners = (reading.points[: len(flat_points())] + np.float32(0.5)) * factor - np.float32(0.5)
    flat = (flat_points() + np.float32(0.5)) * np.float32(GRID / WIDTH) - np.float32(0.5)
    rows, columns = _nearest()
    there = fill(layout().triangles, flat, corners, *_size())[rows, columns]
    return cv2.remap(
        np.dstack([reading.light.around, reading.front]), there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


@cache
def _nearest() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each place of the grid the row and the column of the nearest one on the face."""
    flat = (flat_points() + np.float32(0.5)) * np.float32(GRID / WIDTH) - np.float32(0.5)
    inside = np.isfinite(fill(layout().triangles, flat, flat, *_size())[..., 0])
    own = np.argwhere(inside)
    every = np.argwhere(np.ones_like(inside))
    nearest = own[((every[:, None] - own[None]) ** 2).sum(axis=2).argmin(axis=1)]
    return nearest[:, 0].reshape(inside.shape), nearest[:, 1].reshape(inside.shape)


def _size() -> tuple[int, int]:
    return round(map_size()[0] * GRID / WIDTH), GRID


def _numbers(tone: Tone) -> NDArray[np.float64]:
    return np.array([tone.luma, tone.cr, tone.cb, tone.spread, tone.low, tone.high], np.float64)


def _share(change: Floats | float) -> Floats:
    """How much of a change is believed: little of what may be noise, all of what can't be."""
    return np.clip(SLOWEST + (1 - SLOWEST) * (np.asarray(change, np.float32) - NOISE) / (CHANGE - NOISE), SLOWEST, 1)
