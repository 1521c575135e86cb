"""A crop as several smaller ones, each of every k-th pixel: so a network of 128 pixels draws one of 256, 512 or 1024."""

import numpy as np

from engines.arrays import Bytes


def split(crop: Bytes, side: int) -> Bytes:
    """``crop`` uint8 (k side) x (k side) x 3 as uint8 k² x side x side x 3, the first of every k-th pixel from the corner."""
    k = crop.shape[0] // side
    grid = crop[: k * side, : k * side].reshape(side, k, side, k, 3)
    return np.ascontiguousarray(grid.transpose(1, 3, 0, 2, 4)).reshape(k * k, side, side, 3)


def joined(tiles: Bytes) -> Bytes:
    """What ``split`` took apart."""
    k, side = round(len(tiles) ** 0.5), tiles.shape[1]
    grid = tiles.reshape(k, k, side, side, 3).transpose(2, 0, 3, 1, 4)
    return np.ascontiguousarray(grid).reshape(k * side, k * side, 3)
