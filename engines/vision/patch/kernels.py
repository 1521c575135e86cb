"""Compiled loops over patches. Pictures are flat: float32 H x (W * channels), each pixel's channels side by side.

A target's patch is cut off at the picture's border; a source's patch must lie within its picture, which ``allowed`` says.
"""

import numpy as np

from engines.kernel import kernel

MODULUS = 0x7FFFFFFF
FOUND_NONE = 3.0e38
BIT = np.float32(1e-7)


@kernel
def gap(target, source, i, j, y, x, radius, channels, most):  # type: ignore[no-untyped-def]
    """Sum of squares between the patch around i, j and the one around y, x; more than ``most`` needn't be exact."""
    top, bottom = min(radius, i), min(radius, target.shape[0] - 1 - i)
    left, right = min(radius, j), min(radius, target.shape[1] // channels - 1 - j)
    here, there, length = (j - left) * channels, (x - left) * channels, (left + right + 1) * channels
    total = np.float32(0)
    for dy in range(-top, bottom + 1):
        a, b = target[i + dy, here : here + length], source[y + dy, there : there + length]
        row = np.float32(0)
        for k in range(length):
            away = a[k] - b[k]
            row += away * away
        total += row
        if total > most:
            return total
    return total


@kernel
def pixels_at(height, width, i, j, radius):  # type: ignore[no-untyped-def]
    """How many pixels the patch around i, j has within the picture."""
    rows = min(radius, i) + min(radius, height - 1 - i) + 1
    return rows * (min(radius, j) + min(radius, width - 1 - j) + 1)


@kernel
def gauge(target, source, wanted, toll, pull, places, gaps, channels, radius):  # type: ignore[no-untyped-def]
    """Write the ``gaps`` of the ``places`` that there are, as ``search`` tells them."""
    height, width = wanted.shape
    for i in range(height):
        for j in range(width):
            if wanted[i, j]:
                y, x = places[i, j, 0], places[i, j, 1]
                n = pixels_at(height, width, i, j, radius)
                gaps[i, j] = gap(target, source, i, j, y, x, radius, channels, FOUND_NONE) / n
                gaps[i, j] += toll[y, x] + pull * ((y - i) ** 2 + (x - j) ** 2)


@kernel
def search(target, source, wanted, allowed, toll, pull, places, gaps, channels, radius, lap, reach, seed):  # type: ignore[no-untyped-def]
    """PatchMatch: better ``places`` (int32 HxWx2, y and x in the source) for each ``wanted`` pixel, and their ``gaps``.

    A gap is the mean of squares over the patch's pixels, plus the place's ``toll``, plus ``pull`` for each squared pixel
    of distance. ``reach`` is how far from the best place so far others are looked for. Each ``lap`` goes the other way.
    """
    height, width = wanted.shape
    rows, columns = allowed.shape
    gauge(target, source, wanted, toll, pull, places, gaps, channels, radius)
    way = 1 if lap % 2 == 0 else -1
    for row in range(height):
        i = row if way == 1 else height - 1 - row
        for column in range(width):
            j = column if way == 1 else width - 1 - column
            if not wanted[i, j]:
                continue
            n = pixels_at(height, width, i, j, radius)
            best, y, x = gaps[i, j], places[i, j, 0], places[i, j, 1]
            chance = (seed * 7919 + lap * 104729 + i * 15731 + j * 789221 + 1376312589) & MODULUS
            steps = 2
            far = reach
            while far >= 1 or steps > 0:
                if steps == 2:
                    a, b = i, j - way
                elif steps == 1:
                    a, b = i - way, j
                if steps > 0:
                    steps -= 1
                    if a < 0 or b < 0 or a >= height or b >= width or not wanted[a, b]:
                        continue
                    p, q = places[a, b, 0] + i - a, places[a, b, 1] + j - b
                else:
                    chance = (chance * 1103515245 + 12345) & MODULUS
                    p = y + (chance >> 9) % (2 * far + 1) - far
                    chance = (chance * 1103515245 + 12345) & MODULUS
                    q = x + (chance >> 9) % (2 * far + 1) - far
                    far //= 2
                if p < 0 or q < 0 or p >= rows or q >= columns or not allowed[p, q] or (p == y and q == x):
                    continue
                extra = toll[p, q] + pull * ((p - i) ** 2 + (q - j) ** 2)
                most = (best - extra) * n
                if most <= 0:
                    continue
                found = gap(target, source, i, j, p, q, radius, channels, most)
                if found < most:
                    best, y, x = found / n + extra, p, q
            gaps[i, j], places[i, j, 0], places[i, j, 1] = best, y, x


@kernel
def vote(out, source, fill, wanted, places, gaps, trust, channels, voted, radius, sharp):  # type: ignore[no-untyped-def]
    """Write to each ``fill`` pixel's first ``voted`` channels what the patches over it say together.

    Each says it with its ``trust``, and the less the larger its gap is beside the smallest one: e-fold at 1/``sharp`` of
    what the gaps exceed that by on average.
    """
    height, width = wanted.shape
    sums = np.empty(voted, np.float32)
    for i in range(height):
        for j in range(width):
            if not fill[i, j]:
                continue
            top, bottom = max(i - radius, 0), min(i + radius, height - 1)
            left, right = max(j - radius, 0), min(j + radius, width - 1)
            least, total, count = np.float32(FOUND_NONE), np.float32(0), 0
            for a in range(top, bottom + 1):
                for b in range(left, right + 1):
                    if wanted[a, b]:
                        least = min(least, gaps[a, b])
                        total += gaps[a, b]
                        count += 1
            if count == 0:
                continue
            scale = sharp / (max(total / count - least, np.float32(0)) + BIT)
            sums[:] = 0
            whole = np.float32(0)
            for a in range(top, bottom + 1):
                for b in range(left, right + 1):
                    if not wanted[a, b]:
                        continue
                    share = trust[a, b] * np.exp(-min((gaps[a, b] - least) * scale, np.float32(80)))
                    y, x = places[a, b, 0] + i - a, (places[a, b, 1] + j - b) * channels
                    for k in range(voted):
                        sums[k] += share * source[y, x + k]
                    whole += share
            for k in range(voted):
                out[i, j * channels + k] = sums[k] / whole


@kernel
def peel(picture, known, layers, starts, spots, pull, places, channels, radius):  # type: ignore[no-untyped-def]
    """Fill from the outside in: each layer's pixels from the patches nearest to what is known around them so far.

    ``layers`` int32 nx2 are the pixels in order, ``starts`` where each layer begins; ``spots`` int32 mx2 are all places
    that may be taken. ``known`` is true everywhere in the end.
    """
    height, width = known.shape
    for layer in range(len(starts) - 1):
        for number in range(starts[layer], starts[layer + 1]):
            i, j = layers[number, 0], layers[number, 1]
            top, bottom = max(i - radius, 0), min(i + radius, height - 1)
            left, right = max(j - radius, 0), min(j + radius, width - 1)
            count = known[top : bottom + 1, left : right + 1].sum()
            best = np.float32(FOUND_NONE)
            for spot in range(len(spots)):
                y, x = spots[spot, 0] - i, spots[spot, 1] - j
                total = np.float32(pull * (y * y + x * x) * count)
                if total >= best:
                    continue
                for a in range(top, bottom + 1):
                    for b in range(left, right + 1):
                        if known[a, b]:
                            for k in range(channels):
                                away = picture[a, b * channels + k] - picture[y + a, (x + b) * channels + k]
                                total += away * away
                    if total >= best:
                        break
                if total < best:
                    best = total
                    places[i, j, 0], places[i, j, 1] = spots[spot, 0], spots[spot, 1]
        for number in range(starts[layer], starts[layer + 1]):
            i, j = layers[number, 0], layers[number, 1]
            for k in range(channels):
                picture[i, j * channels + k] = picture[places[i, j, 0], places[i, j, 1] * channels + k]
        for number in range(starts[layer], starts[layer + 1]):
            known[layers[number, 0], layers[number, 1]] = True
