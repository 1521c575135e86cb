"""A source's own skin put into the light of a picture: one loop over its pixels."""

from engines.kernel import kernel
from engines.vision.faces.skin import FLOOR, GREY

LEAST_TINT, MOST_TINT = 0.1, 1.2


@kernel
def composed(places, skin, around, front, holes, vivid, rgb, alpha):  # type: ignore[no-untyped-def]
    """Fill ``rgb`` uint8 HxWx3 and ``alpha`` float32 HxW.

    ``places`` float32 HxWx3: where each pixel lies on ``skin`` (x, y; negative: nowhere) and how far it is seen; ``skin`` float32 hxwx4:
    luma's ratio, Cr, Cb and trust; ``around`` float32 hxwx3: the light (Y, Cr, Cb of 0..1) and ``front`` float32 hxw: what is in
    front, both of one small view of the picture; ``holes`` uint8 HxW: eyes and mouth; ``vivid``: the factor of the source's chroma.
    """
    height, width = alpha.shape
    rows, columns = around.shape[0], around.shape[1]
    for y in range(height):
        v = min(max((y + 0.5) * rows / height - 0.5, 0.0), rows - 1.0)
        row = min(int(v), max(rows - 2, 0))
        below, down = min(row + 1, rows - 1), v - row
        for x in range(width):
            alpha[y, x] = 0.0
            rgb[y, x, 0] = rgb[y, x, 1] = rgb[y, x, 2] = 0
            left, top, seen = places[y, x, 0], places[y, x, 1], places[y, x, 2]
            seen *= 1.0 - holes[y, x] / 255.0
            if left < 0 or top < 0 or left > skin.shape[1] - 1 or top > skin.shape[0] - 1 or seen <= 0:
                continue
            i, j = min(int(top), skin.shape[0] - 2), min(int(left), skin.shape[1] - 2)
            a, b = top - i, left - j
            p, q, r, s = (1 - a) * (1 - b), (1 - a) * b, a * (1 - b), a * b
            trust = p * skin[i, j, 3] + q * skin[i, j + 1, 3] + r * skin[i + 1, j, 3] + s * skin[i + 1, j + 1, 3]
            if trust <= 0:
                continue
            ratio = p * skin[i, j, 0] + q * skin[i, j + 1, 0] + r * skin[i + 1, j, 0] + s * skin[i + 1, j + 1, 0]
            red = p * skin[i, j, 1] + q * skin[i, j + 1, 1] + r * skin[i + 1, j, 1] + s * skin[i + 1, j + 1, 1]
            blue = p * skin[i, j, 2] + q * skin[i, j + 1, 2] + r * skin[i + 1, j, 2] + s * skin[i + 1, j + 1, 2]
            u = min(max((x + 0.5) * columns / width - 0.5, 0.0), columns - 1.0)
            column = min(int(u), max(columns - 2, 0))
            beside, across = min(column + 1, columns - 1), u - column
            p, q, r, s = (1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across
            covered = (
                p * front[row, column] + q * front[row, beside] + r * front[below, column] + s * front[below, beside]
            )
            luma = (
                p * around[row, column, 0]
                + q * around[row, beside, 0]
                + r * around[below, column, 0]
                + s * around[below, beside, 0]
            )
            cr = (
                p * around[row, column, 1]
                + q * around[row, beside, 1]
                + r * around[below, column, 1]
                + s * around[below, beside, 1]
            )
            cb = (
                p * around[row, column, 2]
                + q * around[row, beside, 2]
                + r * around[below, column, 2]
                + s * around[below, beside, 2]
            )
            alpha[y, x] = min(max(trust * seen * (1.0 - covered), 0.0), 1.0)
            if ratio <= 0:
                ratio = 1.0
            tint = min(max(ratio, LEAST_TINT), MOST_TINT)
            luma = (luma + FLOOR) * ratio - FLOOR
            red = (cr - GREY) * tint + red * vivid
            blue = (cb - GREY) * tint + blue * vivid
            rgb[y, x, 0] = int(min(max(luma + 1.403 * red, 0.0), 1.0) * 255 + 0.5)
            rgb[y, x, 1] = int(min(max(luma - 0.714 * red - 0.344 * blue, 0.0), 1.0) * 255 + 0.5)
            rgb[y, x, 2] = int(min(max(luma + 1.773 * blue, 0.0), 1.0) * 255 + 0.5)
