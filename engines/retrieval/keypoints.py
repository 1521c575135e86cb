"""Corners of a picture at several scales, and what lies around each: gradients by place and direction (as in SIFT, Lowe 2004).

Corners are taken in each part of the picture, the strongest first, so that a caption or a player's buttons don't take them all.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.kernel import kernel

AREA = 64_000
STEP = 1.3
LEVELS = 6
CELLS = 8
BLOCK = 5
MARGIN = 6
PLACES, TURNS = 4, 8
SIZE = PLACES * PLACES * TURNS
PATCH = 20.0
SAMPLES = 16
LEAST = 1e-5
CLIPPED = 0.2
GAIN = 512.0


@dataclass(frozen=True)
class Keypoints:
    """N corners, from fine to coarse. places: float32 Nx2, x and y in parts of the longer side, from the middle of the picture;
    scales: float32 N, the side of what was looked at in the same unit; forms: uint8 Nx128, each of length about 512.
    """

    places: Floats
    scales: Floats
    forms: Bytes


def keypoints(grey: Bytes, count: int, *, even: bool = False) -> Keypoints:
    """At most ``count``, of uint8 HxW, which is brought to a standard area first; of all scales alike if ``even``, else more of the fine ones."""
    height, width = grey.shape
    scale = (AREA / (height * width)) ** 0.5
    size = max(round(width * scale), 24), max(round(height * scale), 24)
    image = grey
    while min(image.shape[0] / size[1], image.shape[1] / size[0]) >= 3:
        image = cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA)
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    found, forms = [], []
    shares = STEP ** (-1.0 * np.arange(LEVELS) * (not even))
    quotas = np.ceil(count * shares / shares.sum()).astype(int)
    for level in range(LEVELS):
        if level:
            size = max(round(size[0] / STEP), 1), max(round(size[1] / STEP), 1)
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        if min(size) < PATCH + 2:
            break
        corners = _corners(image, int(quotas[level]))
        smooth = cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.float32)
        across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=1)
        down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=1)
        length, turn = cv2.cartToPolar(across, down)
        form = np.empty((len(corners), SIZE), np.float32)
        _describe(length, turn * np.float32(TURNS / (2 * np.pi)), corners, form)
        long = float(max(size))
        places = (corners[:, :2] - (np.asarray(size, np.float32) - 1) / 2) / long
        found.append(np.column_stack([places, np.full(len(corners), PATCH / long)]).astype(np.float32))
        forms.append(form)
    rows = np.concatenate(found) if found else np.zeros((0, 3), np.float32)
    kinds = np.concatenate(forms) if forms else np.zeros((0, SIZE), np.float32)
    seen = kinds.sum(axis=1) > 0
    quantised = np.minimum(kinds[seen] * GAIN + 0.5, 255).astype(np.uint8)
    rows = rows[seen]
    return Keypoints(rows[:, :2].copy(), rows[:, 2].copy(), quantised)


def _corners(image: Bytes, quota: int) -> Floats:
    """float32 Nx2: x and y of the strongest corners, each part of the picture in its turn."""
    height, width = image.shape
    strength = cv2.cornerMinEigenVal(image, BLOCK, ksize=3)
    peaks = _peaks(strength)
    x, y, force = peaks[:, 0], peaks[:, 1], peaks[:, 2]
    cell = (y * CELLS // height) * CELLS + x * CELLS // width
    strongest = np.lexsort((-force, cell))
    cell = cell[strongest]
    turn = np.arange(len(cell)) - np.searchsorted(cell, cell)
    chosen = strongest[np.lexsort((-force[strongest], turn))[:quota]]
    return peaks[chosen, :2]


@kernel
def _peaks(strength: Floats) -> Floats:
    """Nx3, x, y and strength of what is stronger than its neighbours."""
    height, width = strength.shape
    found = np.empty((height * width // 4 + 1, 3), np.float32)
    count = 0
    for y in range(MARGIN, height - MARGIN):
        for x in range(MARGIN, width - MARGIN):
            s = strength[y, x]
            if (
                s > LEAST
                and s > strength[y, x - 1]
                and s >= strength[y, x + 1]
                and s > strength[y - 1, x]
                and s >= strength[y + 1, x]
                and s > strength[y - 1, x - 1]
                and s > strength[y - 1, x + 1]
                and s >= strength[y + 1, x - 1]
                and s >= strength[y + 1, x + 1]
            ):
                found[count, 0] = x
                found[count, 1] = y
                found[count, 2] = s
                count += 1
    return found[:count].copy()


@kernel
def _describe(length: Floats, turn: Floats, corners: Floats, forms: Floats) -> None:
    """``length`` and ``turn`` (0..8) of the gradients."""
    height, width = length.shape
    offset = (np.arange(SAMPLES) + 0.5 - SAMPLES / 2) * (PATCH / SAMPLES)
    near = np.exp(-(offset * offset) / (0.5 * PATCH * PATCH))
    place = (np.arange(SAMPLES) + 0.5) / SAMPLES * PLACES - 0.5
    low = np.floor(place).astype(np.int64)
    part = place - low
    for n in range(len(corners)):
        form = forms[n]
        form[:] = 0
        for i in range(SAMPLES):
            for j in range(SAMPLES):
                x = int(corners[n, 0] + offset[j] + 0.5)
                y = int(corners[n, 1] + offset[i] + 0.5)
                if x < 0 or y < 0 or x >= width or y >= height:
                    continue
                weight = length[y, x] * near[i] * near[j]
                if weight == 0:
                    continue
                first = int(turn[y, x])
                much = turn[y, x] - first
                first %= TURNS
                second = (first + 1) % TURNS
                for a in range(2):
                    row = low[i] + a
                    if row < 0 or row >= PLACES:
                        continue
                    share_row = weight * (part[i] if a else 1 - part[i])
                    for b in range(2):
                        column = low[j] + b
                        if column < 0 or column >= PLACES:
                            continue
                        share = share_row * (part[j] if b else 1 - part[j])
                        at = (row * PLACES + column) * TURNS
                        form[at + first] += share * (1 - much)
                        form[at + second] += share * much
        _tamed(form)


@kernel
def _tamed(form: Floats) -> None:
    """Length 1, no part above a limit (SIFT's), then roots (Arandjelovic and Zisserman 2012)."""
    length = np.sqrt((form * form).sum())
    if length < 1e-3:
        form[:] = 0
        return
    for k in range(len(form)):
        form[k] = min(form[k] / length, CLIPPED)
    total = form.sum()
    for k in range(len(form)):
        form[k] = np.sqrt(form[k] / total)
