"""Makes assets/faces/layout.npz: a neutral face's landmarks in space, their places on a flat map, triangles, and mirror partners.

Run as ``python -m tests.make_face_layout``; the file in the repository was made by it from the sample pictures.
"""

from pathlib import Path

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial import Delaunay

from engines.vision.faces.detect import Detector
from engines.vision.faces.mesh import Mesh
from studio.paths import ASSETS

SKIN_POINTS = 468
PAIRS = ((33, 263), (133, 362), (61, 291), (234, 454), (127, 356), (50, 280), (132, 361))
TOP, CHIN = 10, 152
LONGEST = 0.45
PICTURES = ("astronaut.jpg", "girl_with_a_pearl_earring.jpg", "mona_lisa.jpg")


def straight(points: np.ndarray) -> np.ndarray:
    """Landmarks turned to the front, between the eyes at zero, one unit from eye to eye."""
    across = np.mean([points[left] - points[right] for right, left in PAIRS], axis=0)
    down = points[CHIN] - points[TOP]
    x = across / np.linalg.norm(across)
    y = down - x * (down @ x)
    y /= np.linalg.norm(y)
    turned = (points - points[[33, 263]].mean(0)) @ np.stack([x, y, np.cross(x, y)]).T
    return turned / np.linalg.norm(turned[263] - turned[33])


def partners(points: np.ndarray) -> np.ndarray:
    """For each landmark the one on the other side of the face."""
    mirrored = points * [-1, 1, 1]
    far = np.linalg.norm(points[:, None] - mirrored[None], axis=2)
    rows, columns = linear_sum_assignment(far**2)
    return columns[np.argsort(rows)]


def main() -> None:
    detector, mesh = Detector(), Mesh()
    found = []
    for name in PICTURES:
        picture = cv2.cvtColor(cv2.imread(str(ASSETS / "samples" / name)), cv2.COLOR_BGR2RGB)
        face = mesh(picture, detector(picture)[0])
        assert face is not None, name
        found.append(straight(face.points.astype(np.float64)))
    points = np.mean(found, axis=0)
    for _ in range(3):
        mirror = partners(points)
        points = (points + points[mirror] * [-1, 1, 1]) / 2
    assert (mirror[mirror] == np.arange(len(mirror))).all()
    axis = points[:, 2].max() + 0.35
    flat = np.stack([np.arctan2(points[:, 0], axis - points[:, 2]) * axis, points[:, 1]], axis=1)[:SKIN_POINTS]
    triangles = Delaunay(flat).simplices
    sides = np.linalg.norm(flat[triangles] - flat[np.roll(triangles, 1, axis=1)], axis=2)
    triangles = triangles[sides.max(1) < LONGEST]
    target = Path(ASSETS / "faces" / "layout.npz")
    target.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        target,
        points=points.astype(np.float32),
        flat=((flat - flat.min(0)) / np.ptp(flat, axis=0).max()).astype(np.float32),
        triangles=triangles.astype(np.int32),
        mirror=mirror.astype(np.int32),
    )


if __name__ == "__main__":
    main()
