"""Whether the keypoints of two pictures agree on one movement: shifted, scaled, turned a little."""

import numpy as np

from engines.arrays import Floats
from engines.kernel import kernel

ROUGH, FINE = 0.09, 0.03
LEAST_LIKE = 0.7
SCALES = (0.2, 5.0)
TURN = 0.45
LEADERS = 48


@kernel
def agreement(
    asked: Floats, asked_scales: Floats, asked_short: Floats, kept: Floats, kept_scales: Floats, kept_short: Floats
) -> Floats:
    """Of places Nx2 and Mx2, patch sizes N and M, and forms NxA and MxA of length 1: float32 of 3: how many pairs agree, the sum of what
    they are alike beyond the least, and how many of the M lie where the N could have met them.
    """
    out = np.zeros(3, np.float32)
    a, b, like = _pairs(asked_short, kept_short)
    if len(a) < 2:
        return out
    cos, sin, across, down = _roughly(asked, asked_scales, kept, kept_scales, a, b, like)
    if cos == 0 and sin == 0:
        return out
    for tolerance in (ROUGH, FINE, FINE):
        cos, sin, across, down = _fitted(asked, kept, a, b, cos, sin, across, down, tolerance)
    scale = np.sqrt(cos * cos + sin * sin)
    if scale < SCALES[0] or scale > SCALES[1] or abs(sin) > TURN * scale:
        return out
    for p in range(len(a)):
        if _off(asked, kept, a[p], b[p], cos, sin, across, down) <= FINE * scale:
            out[0] += 1
            out[1] += like[p] - LEAST_LIKE
    low_x, high_x, low_y, high_y = asked[:, 0].min(), asked[:, 0].max(), asked[:, 1].min(), asked[:, 1].max()
    for j in range(len(kept)):
        x = cos * kept[j, 0] - sin * kept[j, 1] + across
        y = sin * kept[j, 0] + cos * kept[j, 1] + down
        if low_x <= x <= high_x and low_y <= y <= high_y:
            out[2] += 1
    return out


@kernel
def _pairs(asked_short, kept_short):  # type: ignore[no-untyped-def]
    """Which are each other's nearest, with what they are alike. All of a row of products is made at once, four axes at a time, which compilers
    make use of; the size is a multiple of four.
    """
    count, others, size = len(asked_short), len(kept_short), asked_short.shape[1]
    across = np.ascontiguousarray(kept_short.T)
    row = np.empty(others, np.float32)
    most_back = np.full(others, np.float32(-2))
    best = np.full(count, -1, np.int64)
    most = np.full(count, np.float32(-2))
    for i in range(count):
        row[:] = 0
        for k in range(0, size, 4):
            first, second, third, fourth = (
                asked_short[i, k], asked_short[i, k + 1], asked_short[i, k + 2], asked_short[i, k + 3],
            )  # fmt: skip
            for j in range(others):
                row[j] += (
                    first * across[k, j]
                    + second * across[k + 1, j]
                    + third * across[k + 2, j]
                    + fourth * across[k + 3, j]
                )
        top = np.float32(-2)
        for j in range(others):
            top = max(top, row[j])
            most_back[j] = max(most_back[j], row[j])
        if top >= LEAST_LIKE:
            most[i] = top
            for j in range(others):
                if row[j] == top:
                    best[i] = j
                    break
    a = np.empty(count, np.int64)
    b = np.empty(count, np.int64)
    like = np.empty(count, np.float32)
    pairs = 0
    for i in range(count):
        if best[i] >= 0 and most_back[best[i]] == most[i]:
            a[pairs], b[pairs], like[pairs] = i, best[i], most[i]
            pairs += 1
    return a[:pairs], b[:pairs], like[:pairs]


@kernel
def _off(asked, kept, i, j, cos, sin, across, down):  # type: ignore[no-untyped-def]
    right = cos * kept[j, 0] - sin * kept[j, 1] + across - asked[i, 0]
    below = sin * kept[j, 0] + cos * kept[j, 1] + down - asked[i, 1]
    return np.sqrt(right * right + below * below)


@kernel
def _roughly(asked, asked_scales, kept, kept_scales, a, b, like):  # type: ignore[no-untyped-def]
    """The upright movement of that pair, among the most alike, with which most pairs agree."""
    most, found = 0, (0.0, 0.0, 0.0, 0.0)
    for p in np.argsort(-like)[:LEADERS]:
        scale = asked_scales[a[p]] / kept_scales[b[p]]
        across = asked[a[p], 0] - scale * kept[b[p], 0]
        down = asked[a[p], 1] - scale * kept[b[p], 1]
        votes = 0
        for q in range(len(a)):
            if _off(asked, kept, a[q], b[q], scale, 0.0, across, down) <= ROUGH * scale:
                other = asked_scales[a[q]] / kept_scales[b[q]] / scale
                if 0.6 < other < 1.7:
                    votes += 1
        if votes > most:
            most, found = votes, (float(scale), 0.0, float(across), float(down))
    if most < 2:
        return 0.0, 0.0, 0.0, 0.0
    return found


@kernel
def _fitted(asked, kept, a, b, cos, sin, across, down, tolerance):  # type: ignore[no-untyped-def]
    """The movement that suits best the pairs that agree with the given one, by least squares; the given one, where they are too few."""
    limit = tolerance * np.sqrt(cos * cos + sin * sin)
    count = 0
    mean = np.zeros(4)
    for p in range(len(a)):
        if _off(asked, kept, a[p], b[p], cos, sin, across, down) <= limit:
            count += 1
            for axis in range(2):
                mean[axis] += asked[a[p], axis]
                mean[2 + axis] += kept[b[p], axis]
    if count < 3:
        return cos, sin, across, down
    mean /= count
    real, imaginary, spread = 0.0, 0.0, 0.0
    for p in range(len(a)):
        if _off(asked, kept, a[p], b[p], cos, sin, across, down) <= limit:
            u, v = asked[a[p], 0] - mean[0], asked[a[p], 1] - mean[1]
            x, y = kept[b[p], 0] - mean[2], kept[b[p], 1] - mean[3]
            real += x * u + y * v
            imaginary += x * v - y * u
            spread += x * x + y * y
    if spread < 1e-6:
        return cos, sin, across, down
    cos, sin = real / spread, imaginary / spread
    return cos, sin, mean[0] - cos * mean[2] + sin * mean[3], mean[1] - sin * mean[2] - cos * mean[3]
