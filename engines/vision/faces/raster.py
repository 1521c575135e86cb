"""Filling triangles with values that run linearly from corner to corner: the one inner loop of the mesh warp."""

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
SMALLEST = 1e-6


def fill(
    triangles: NDArray[np.int32], corners: Floats, values: Floats, height: int, width: int, empty: float = np.nan
) -> Floats:
    """A picture of ``values`` between the corners of triangles.

    ``triangles`` int32 Tx3 index ``corners`` float32 Nx2 (x, y in pixels of the result) and ``values`` float32 NxC. Triangles
    that come later lie on top; those that show their back are left out.
    Returns float32 height x width x C, ``empty`` where no triangle is.
    """
    out = np.full((height, width, values.shape[1]), empty, np.float32)
    _fill(triangles, corners, values, out)
    return out


@numba.njit(cache=True, nogil=True, fastmath=False)
def _fill(triangles, corners, values, out):  # type: ignore[no-untyped-def]
    height, width, channels = out.shape
    for index in range(triangles.shape[0]):
        a, b, c = triangles[index, 0], triangles[index, 1], triangles[index, 2]
        ax, ay, bx, by, cx, cy = (
            corners[a, 0],
            corners[a, 1],
            corners[b, 0],
            corners[b, 1],
            corners[c, 0],
            corners[c, 1],
        )
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if not area > SMALLEST:
            continue
        left = max(int(np.ceil(min(ax, bx, cx))), 0)
        right = min(int(np.floor(max(ax, bx, cx))), width - 1)
        top = max(int(np.ceil(min(ay, by, cy))), 0)
        bottom = min(int(np.floor(max(ay, by, cy))), height - 1)
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                wa = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area
                wb = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area
                wc = 1 - wa - wb
                if wa >= 0 and wb >= 0 and wc >= 0:
                    for k in range(channels):
                        out[y, x, k] = wa * values[a, k] + wb * values[b, k] + wc * values[c, k]
