"""Measures of temporal calm: the source's own pictures give flow and masks, never the drawn ones.

E_warp follows Lai et al. 2018 (evaluate_WarpError, compute_flow_occlusion, detect_occlusion) with OpenCV's DIS flow
at its "medium" preset in the place of FlowNet2. Any blur lowers E_warp and flicker: always print the gradient energy
ratio beside them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

STILL = 0.5


@dataclass(frozen=True)
class PairMotion:
    """Between the source's frames t and t+1: flows float32 HxWx2 in pixels; valid bool HxW, frame t not occluded."""

    forward: Floats
    backward: Floats
    valid: NDArray[np.bool_]


def pair_motion(now: Picture, later: Picture) -> PairMotion:
    """Motion and occlusion between two source frames, uint8 HxWx3 RGB."""
    a, b = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (now, later))
    forward = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(a, b, None)
    backward = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(b, a, None)
    return PairMotion(forward, backward, ~occluded(forward, backward))


def motions(sources: Sequence[Picture]) -> list[PairMotion]:
    return [pair_motion(a, b) for a, b in pairwise(sources)]


def occluded(forward: Floats, backward: Floats) -> NDArray[np.bool_]:
    """With w = B warped by F plus F: |w|^2 > 0.01 (|B_w|^2 + |F|^2) + 0.5, or at a motion boundary,
    |grad u|^2 + |grad v|^2 > 0.01 |F|^2 + 0.002 (forward differences)."""
    back = warped(backward, forward)
    wrong = _square(back + forward) > 0.01 * (_square(back) + _square(forward)) + 0.5
    dx = np.diff(forward, axis=1, append=forward[:, -1:])
    dy = np.diff(forward, axis=0, append=forward[-1:])
    boundary = _square(dx) + _square(dy) > 0.01 * _square(forward) + 0.002
    return wrong | boundary


def warped(picture: NDArray[np.generic], flow: Floats) -> NDArray[np.generic]:
    """Picture at p + flow(p), bilinear; beyond the edge the edge repeats."""
    x, y = np.meshgrid(np.arange(flow.shape[1], dtype=np.float32), np.arange(flow.shape[0], dtype=np.float32))
    return cv2.remap(picture, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def e_warp(outputs: Sequence[Picture], moves: Sequence[PairMotion]) -> float:
    """Mean over frame pairs of sum(M (W O_{t+1} - O_t)^2) / sum(M), RGB in 0..1, the channels counted in both sums.

    Where a mask is empty the sum is divided by the number of elements. Cuts have to be taken out before.
    """
    errors = []
    for now, later, move in zip(outputs, outputs[1:], moves, strict=False):
        difference = warped(_unit(later), move.forward) - _unit(now)
        total = float((difference[move.valid] ** 2).sum())
        count = 3 * int(move.valid.sum()) or difference.size
        errors.append(total / count)
    return float(np.mean(errors))


def flicker_index(outputs: Sequence[Picture], moves: Sequence[PairMotion], *, still: float = STILL) -> float:
    """Mean |O_t - (W O_{t-1} + W O_{t+1}) / 2|, RGB in 0..1, on pixels that stand still: both flows at t shorter than
    ``still`` pixels and not occluded. Not a number where nothing stands still."""
    total, count = 0.0, 0
    for t in range(1, len(outputs) - 1):
        before, after = moves[t - 1], moves[t]
        quiet = (_square(before.backward) < still**2) & (_square(after.forward) < still**2) & after.valid
        around = (warped(_unit(outputs[t - 1]), before.backward) + warped(_unit(outputs[t + 1]), after.forward)) / 2
        total += float(np.abs(_unit(outputs[t]) - around)[quiet].sum())
        count += 3 * int(quiet.sum())
    return total / count if count else float("nan")


def gradient_energy(outputs: Iterable[Picture]) -> float:
    """Mean squared length of the luma gradient (forward differences, luma in 0..1): sharpness, to be compared as a
    ratio.
    """
    energies = []
    for picture in outputs:
        luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        energies.append(float((np.diff(luma, axis=1) ** 2).mean() + (np.diff(luma, axis=0) ** 2).mean()))
    return float(np.mean(energies))


def softened(outputs: Sequence[Picture], energy: float) -> list[Picture]:
    """The pictures blurred by the Gaussian that brings their gradient energy down to ``energy``, if it is above."""
    if gradient_energy(outputs) <= energy:
        return list(outputs)
    low, high = 0.0, 4.0
    for _ in range(8):
        sigma = (low + high) / 2
        above = gradient_energy(cv2.GaussianBlur(picture, (0, 0), sigma) for picture in outputs[::4]) > energy
        low, high = (sigma, high) if above else (low, sigma)
    return [np.asarray(cv2.GaussianBlur(picture, (0, 0), high)) for picture in outputs]


def carried_along(first: Picture, moves: Sequence[PairMotion]) -> list[Picture]:
    """One drawing carried along the source's motion, sampled once (cubic): what perfect coherence would look like."""
    height, width = first.shape[:2]
    own = np.dstack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)))
    places, film = own, [first]
    for move in moves:
        places = np.asarray(warped(places, move.backward), np.float32)
        film.append(np.asarray(cv2.remap(first, places, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)))
    return film


def _unit(picture: Picture) -> Floats:
    return picture.astype(np.float32) / np.float32(255)


def _square(vectors: Floats) -> Floats:
    return (vectors**2).sum(axis=-1)
