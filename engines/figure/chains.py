"""How a point of the canonical figure moves with a bone or along a chain of bones.

On the canonical figure every limb is a vertical line, so that a point's place along the limb is its y and its place across it is x minus
the line's x. The chain's target is a polyline whose corners are rounded by a moving average; a point goes to the same place along it, at
its width there. So sleeves bend like cloth, and never tear.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.figure.curves import Points

GRID = 2.0
REACH = 260.0


@dataclass(frozen=True, eq=False)
class Frame:
    """A stiff frame: ``turn`` (2, 2) maps offsets from ``origin`` to offsets from ``target``."""

    origin: Points
    target: Points
    turn: Points

    def map(self, points: Points) -> Points:
        return np.asarray(self.target + (points - self.origin) @ self.turn.T)


def frame(origin: Sequence[float], target: Sequence[float], degrees: float, across: float, along: float) -> Frame:
    """A frame turned clockwise by ``degrees`` and scaled ``across`` and ``along`` itself."""
    turn = np.deg2rad(degrees)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return Frame(np.array(origin, float), np.array(target, float), spin @ np.diag([across, along]))


@dataclass(frozen=True, eq=False)
class Chain:
    """A bent limb: tables over the canonical y of the target's place, the direction across it, and its width."""

    x: float
    grid: NDArray[np.float64]
    place: Points
    across: Points
    knots: NDArray[np.float64]
    widths: NDArray[np.float64]

    def map(self, points: Points) -> Points:
        y = np.clip(points[:, 1], self.grid[0], self.grid[-1])
        width = (points[:, 0] - self.x) * np.interp(y, self.knots, self.widths)
        return at(self.grid, self.place, y) + at(self.grid, self.across, y) * width[:, None]


def at(grid: NDArray[np.float64], table: Points, y: NDArray[np.float64]) -> Points:
    return np.stack([np.interp(y, grid, table[:, 0]), np.interp(y, grid, table[:, 1])], 1)


def chain(
    x: float,
    knots: Sequence[float],
    targets: Points,
    widths: Sequence[tuple[float, float]],
    *,
    rounding: float,
    angles: Sequence[float] | None = None,
) -> Chain:
    """The chain whose canonical y ``knots`` go to ``targets`` (n, 2); ``widths`` are pairs of y and factor.

    ``rounding``: the half length, in canonical units, over which a joint bends. ``angles`` (n, degrees, clockwise) give the direction
    across at each knot; without them it is square to the line.
    """
    ys = np.array(knots, float)
    grid = np.arange(ys[0] - REACH, ys[-1] + REACH, GRID)
    lead, tail = (targets[1] - targets[0]) / (ys[1] - ys[0]), (targets[-1] - targets[-2]) / (ys[-1] - ys[-2])
    long_y = np.concatenate([[ys[0] - 2 * REACH], ys, [ys[-1] + 2 * REACH]])
    long_p = np.concatenate([[targets[0] - lead * 2 * REACH], targets, [targets[-1] + tail * 2 * REACH]])
    window = max(1, int(rounding / GRID))
    wide = np.arange(ys[0] - REACH - window * GRID, ys[-1] + REACH + window * GRID - GRID / 2, GRID)
    kernel = np.ones(2 * window + 1) / (2 * window + 1)
    place = np.stack([np.convolve(np.interp(wide, long_y, long_p[:, i]), kernel, "valid") for i in (0, 1)], 1)
    grid = grid[: len(place)]
    place = place[: len(grid)]
    if angles is None:
        along = np.gradient(place, axis=0)
        along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        across = np.stack([along[:, 1], -along[:, 0]], 1)
    else:
        turn = np.deg2rad(np.convolve(np.interp(wide, ys, angles), kernel, "valid"))[: len(grid)]
        across = np.stack([np.cos(turn), np.sin(turn)], 1)
    pairs = np.array(widths, float)
    return Chain(x, grid, place, across, pairs[:, 0], pairs[:, 1])


def smooth(value: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
