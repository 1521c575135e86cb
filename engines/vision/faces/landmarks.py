"""The 478 landmarks of a face whose place is known already, from frame to frame: the face mesh without its detector."""

from functools import cache
from typing import Any

import cv2
import numpy as np

from engines.arrays import Bytes
from engines.vision.faces.cut import cut
from engines.vision.faces.face import Face, Found
from engines.vision.faces.lent import Lent
from engines.vision.faces.mesh import Crop

SIDE = 192
ROOM = 1.5
GRAPH = """
input_stream: "image"
input_stream: "place"
output_stream: "landmarks"
node {
  calculator: "ConstantSidePacketCalculator"
  output_side_packet: "PACKET:attention"
  node_options: {
    [type.googleapis.com/mediapipe.ConstantSidePacketCalculatorOptions]: { packet { bool_value: true } }
  }
}
node {
  calculator: "FaceLandmarkCpu"
  input_stream: "IMAGE:image"
  input_stream: "ROI:place"
  input_side_packet: "WITH_ATTENTION:attention"
  output_stream: "LANDMARKS:landmarks"
}
"""


class Landmarks:
    """The attention mesh (Grishchenko et al. 2020) on a crop that the caller knows. Any thread may call it.

    ``Mesh`` looks for a face in its crop first, and so may lose profiles, or take the wrong one of two faces close to
    each other. This one reads what is in the middle of the crop, and only asks the network whether that is a face.
    The result depends on the picture and the place alone.
    """

    def __init__(self) -> None:
        self._graphs = Lent(_graph)

    def __call__(self, rgb: Bytes, near: Found | Face) -> Face | None:
        """``rgb`` uint8 HxWx3; ``near``: a detection, or where the face is expected. None where there is none."""
        crop = place(near)
        forth = crop.matrix(SIDE)
        picture = cut(rgb, forth, SIDE)
        with self._graphs.one() as graph:
            found = graph.process({"image": picture, "place": _whole()}).landmarks
        if not found:
            return None
        points = np.array([(p.x * SIDE, p.y * SIDE, p.z * SIDE) for p in found.landmark], np.float32)
        back = cv2.invertAffineTransform(forth)
        points[:, :2] = points[:, :2] @ back[:, :2].T + back[:, 2]
        points[:, 2] *= crop.side / SIDE
        return Face(points)


def place(near: Found | Face) -> Crop:
    """The upright square that the mesh was trained on: half as large again as the face."""
    if isinstance(near, Found):
        return Crop(near.x, near.y, near.size * ROOM, near.tilt)
    cos, sin = np.cos(near.tilt), np.sin(near.tilt)
    turn = np.array([[cos, -sin], [sin, cos]])
    upright = near.points[:, :2] @ turn
    low, high = upright.min(0), upright.max(0)
    x, y = turn @ ((low + high) / 2)
    return Crop(float(x), float(y), float((high - low).max()) * ROOM, near.tilt)


@cache
def _whole() -> Any:
    from mediapipe.framework.formats.rect_pb2 import NormalizedRect

    return NormalizedRect(x_center=0.5, y_center=0.5, width=1.0, height=1.0, rotation=0.0)


def _graph() -> Any:
    from google.protobuf import text_format
    from mediapipe.framework.calculator_pb2 import CalculatorGraphConfig
    from mediapipe.python.solution_base import SolutionBase

    return SolutionBase(graph_config=text_format.Parse(GRAPH, CalculatorGraphConfig()))
