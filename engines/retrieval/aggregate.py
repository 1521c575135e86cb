"""Forms of keypoints made short, and many of them summed into one vector (VLAD: Jegou et al. 2010)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.arrays import Bytes, Floats
from engines.kernel import kernel
from engines.retrieval.keypoints import PLACES, SIZE, TURNS


@dataclass(frozen=True)
class Codebook:
    """axes: float32 128xA of whole numbers, -127..127; middle: float32 A; centres: float32 KxB, B <= A."""

    axes: Floats
    middle: Floats
    centres: Floats

    def short(self, forms: Bytes) -> Floats:
        """float32 NxA of length 1, of uint8 Nx128."""
        out = np.empty((len(forms), self.axes.shape[1]), np.float32)
        _project(forms, self.axes, self.middle, out)
        return out

    def sum(self, short: Floats) -> Floats:
        """float32 K*B of length 1, of rows of ``short``; zeros where there are none."""
        out = np.zeros(self.centres.shape, np.float32)
        _residuals(short, self.centres, out)
        return out.ravel()


def load_codebook(file: Path) -> Codebook:
    """Made by ``python -m tests.make_fingerprint``."""
    with np.load(file) as parts:
        return Codebook(*(parts[name].astype(np.float32) for name in ("axes", "middle", "centres")))


def mirrored(forms: Bytes) -> Bytes:
    """uint8 Nx128 of the same upright keypoints in the mirrored picture."""
    order = np.arange(SIZE).reshape(PLACES, PLACES, TURNS)
    return np.ascontiguousarray(forms[:, order[:, ::-1][:, :, (TURNS // 2 - np.arange(TURNS)) % TURNS].ravel()])


@kernel
def _project(forms: Bytes, axes: Floats, middle: Floats, out: Floats) -> None:
    """Sums of whole numbers below 2**24 are exact, in whatever order they are done."""
    for n in range(len(forms)):
        row = out[n]
        row[:] = 0
        for k in range(axes.shape[0]):
            value = np.float32(forms[n, k])
            if value != 0:
                for a in range(axes.shape[1]):
                    row[a] += value * axes[k, a]
        total = np.float32(0)
        for a in range(len(row)):
            row[a] -= middle[a]
            total += row[a] * row[a]
        scale = np.float32(1) / np.float32(np.sqrt(max(total, np.float32(1))))
        for a in range(len(row)):
            row[a] *= scale


@kernel
def _residuals(short: Floats, centres: Floats, out: Floats) -> None:
    """Of each centre: the sum of what its keypoints differ by, its length brought to the root."""
    count, size = centres.shape
    for n in range(len(short)):
        length = np.float32(0)
        for b in range(size):
            length += short[n, b] * short[n, b]
        length = np.float32(1) / max(np.float32(np.sqrt(length)), np.float32(1e-6))
        nearest, least = 0, np.float32(1e9)
        for k in range(count):
            far = np.float32(0)
            for b in range(size):
                apart = short[n, b] * length - centres[k, b]
                far += apart * apart
            if far < least:
                nearest, least = k, far
        for b in range(size):
            out[nearest, b] += short[n, b] * length - centres[nearest, b]
    total = np.float32(0)
    for k in range(count):
        length = np.float32(np.sqrt((out[k] * out[k]).sum()))
        if length > 0:
            out[k] /= np.float32(np.sqrt(length))
            total += length
    if total > 0:
        out /= np.float32(np.sqrt(total))
