"""Edges of a picture as a map for ControlNets."""

import cv2
import numpy as np

from engines.arrays import Bytes

LOW, HIGH = 100, 200
"""Thresholds with which ControlNets for edges were trained for the most part."""


def edge_map(rgb: Bytes) -> Bytes:
    """uint8 HxWx3: Canny's edges of a picture (uint8 HxWx3), white on black."""
    edges = cv2.Canny(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY), LOW, HIGH)
    return np.repeat(edges[..., None], 3, axis=2)
