"""Makes assets/retrieval/fingerprint.npz: the axes and centres that the fingerprint sums keypoints by.

Run as ``python -m tests.make_fingerprint``. It learns from drawn scenes and the project's own samples alone. What was described with other axes
can't be compared any more: a new file needs a new version of the fingerprint.
"""

import cv2
import numpy as np

from engines.arrays import Bytes, Floats
from engines.retrieval.keypoints import keypoints
from studio.paths import ASSETS
from tests.bench.scenery import scene

FIRST_SCENE, SCENES = 5_000_000, 150
AXES, CENTRE_AXES, CENTRES, ROUNDS = 32, 16, 32, 15
COUNT = 256


def pictures() -> list[Bytes]:
    drawn = [cv2.cvtColor(scene(FIRST_SCENE + number), cv2.COLOR_RGB2GRAY) for number in range(SCENES)]
    return drawn + [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in sorted((ASSETS / "samples").glob("*.jpg"))]


def means(points: Floats, count: int) -> Floats:
    """K-means from evenly spread rows."""
    centres = points[:: len(points) // count][:count].copy()
    for _ in range(ROUNDS):
        nearest = (points @ centres.T - (centres**2).sum(axis=1) / 2).argmax(axis=1)
        for k in range(count):
            if (nearest == k).any():
                centres[k] = points[nearest == k].mean(axis=0)
    return centres


def main() -> None:
    forms = np.concatenate([keypoints(picture, COUNT).forms for picture in pictures()]).astype(np.float64)
    middle = forms.mean(axis=0)
    _, turned = np.linalg.eigh(np.cov(forms.T))
    axes = turned[:, ::-1][:, :AXES]
    axes = np.rint(axes * 127 / np.abs(axes).max())
    short = (forms - middle) @ axes[:, :CENTRE_AXES]
    short /= np.maximum(np.linalg.norm(short, axis=1, keepdims=True), 1e-9)
    folder = ASSETS / "retrieval"
    np.savez_compressed(
        folder / "fingerprint.npz",
        axes=axes.astype(np.int8),
        middle=np.rint(middle @ axes).astype(np.float32),
        centres=means(short[::2], CENTRES).astype(np.float32),
    )


if __name__ == "__main__":
    main()
