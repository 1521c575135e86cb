"""The rim of a matte: nothing of the old background stays where its colour differs, and nothing is lost where it doesn't."""

import cv2
import numpy as np

from engines.media.frame import Planes
from engines.vision.fringe import without_fringe

SIZE = (240, 320)
LIGHT, DARK = (210, 128, 128), (70, 110, 160)


def blob(sigma: float = 1.0, grown: int = 0) -> np.ndarray:
    """Coverage 0..1 of a disc, its edge as soft as a lens makes it."""
    mask = np.zeros(SIZE, np.float32)
    cv2.circle(mask, (160, 120), 70 + grown, 1.0, -1)
    return cv2.GaussianBlur(mask, (0, 0), sigma)


def mixed(share: np.ndarray, person=DARK, back=LIGHT, *, halved: bool = True) -> Planes:
    y, u, v = (np.rint(p * share + b * (1 - share)).astype(np.uint8) for p, b in zip(person, back, strict=True))
    if halved:
        u, v = (cv2.resize(plane, (SIZE[1] // 2, SIZE[0] // 2), interpolation=cv2.INTER_AREA) for plane in (u, v))
    return Planes(y, u, v, False)


def test_a_matte_that_is_too_wide_is_trimmed_to_the_edge():
    truth = blob()
    wide = np.rint(blob(grown=2) * 255).astype(np.uint8)
    _, alpha = without_fringe(mixed(truth), wide)
    before = np.abs(wide / 255 - truth).sum()
    assert np.abs(alpha / 255 - truth).sum() < before / 3
    assert (alpha <= wide).all()


def test_the_old_background_leaves_the_rim():
    for halved in (True, False):
        planes, wide = mixed(blob(), halved=halved), np.rint(blob(grown=1) * 255).astype(np.uint8)
        own, alpha = without_fringe(planes, wide)
        seen = alpha > 60
        contrast = LIGHT[0] - DARK[0]
        assert own.y[seen].max() < DARK[0] + contrast / 4
        assert planes.y[wide > 60].max() > DARK[0] + contrast * 0.7
        assert own.u.shape == planes.u.shape


def test_one_colour_before_and_behind_changes_nothing():
    alpha = np.rint(blob(grown=1) * 255).astype(np.uint8)
    planes = mixed(blob(), person=LIGHT)
    own, kept = without_fringe(planes, alpha)
    assert np.abs(kept.astype(int) - alpha).max() <= 1
    assert np.abs(own.y.astype(int) - planes.y).max() <= 1


def test_far_from_the_rim_nothing_changes_and_all_or_nothing_passes():
    planes, alpha = mixed(blob()), np.rint(blob() * 255).astype(np.uint8)
    own, _ = without_fringe(planes, alpha)
    inside = cv2.erode(alpha, np.ones((15, 15))) > 250
    outside = cv2.dilate(alpha, np.ones((15, 15))) < 5
    for place in (inside, outside):
        assert np.array_equal(own.y[place], planes.y[place])
    for code in (0, 255):
        same, full = without_fringe(planes, np.full(SIZE, code, np.uint8))
        assert np.array_equal(same.y, planes.y) and (full == code).all()
