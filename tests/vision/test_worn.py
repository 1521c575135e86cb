"""What a source wears or does for the moment isn't laid over others: glasses, an open mouth, paint."""

import cv2
import numpy as np

from engines.vision.faces.face import Face
from engines.vision.faces.finder import Finder
from engines.vision.faces.frames import glasses
from engines.vision.faces.layout import INNER_LIPS, LEFT_BROW, LEFT_EYE_RING, RIGHT_BROW, RIGHT_EYE_RING
from engines.vision.faces.openings import opening
from engines.vision.faces.reading import measured
from engines.vision.faces.source import source_of
from engines.vision.faces.swap import Finish, Patch, laid, patch_of, swap
from engines.vision.faces.texture import core, features
from tests.vision.test_shape import sitter

PAINT = (40, 90, 230)


def with_glasses(rgb: np.ndarray, face: Face) -> np.ndarray:
    """Dark rims around the eyes, joined over the nose."""
    worn, size = rgb.copy(), face.size
    middles = [face.points[list(ring), :2].mean(axis=0) for ring in (RIGHT_EYE_RING, LEFT_EYE_RING)]
    radius = round(0.16 * size)
    for x, y in middles:
        cv2.circle(worn, (round(float(x)), round(float(y + 0.03 * size))), radius, (30, 25, 20), 2, cv2.LINE_AA)
    a, b = (tuple(int(v) for v in middle) for middle in middles)
    cv2.line(worn, (a[0] + radius, a[1]), (b[0] - radius, b[1]), (30, 25, 20), 2, cv2.LINE_AA)
    return worn


def _brows(face: Face, shape: tuple[int, ...]) -> np.ndarray:
    """1 on brows and eyes: rims that cross them are left."""
    found = np.zeros(shape, np.uint8)
    for ring in (RIGHT_BROW, LEFT_BROW, RIGHT_EYE_RING, LEFT_EYE_RING):
        cv2.fillConvexPoly(found, cv2.convexHull(np.rint(face.points[list(ring), :2]).astype(np.int32)), 1)
    return found


def test_rims_of_glasses_stay_with_their_owner():
    rgb, face = sitter()
    worn = with_glasses(rgb, face)
    target = np.ascontiguousarray(rgb[:, ::-1])
    there = Finder().faces(target)[0]
    plain, bare = (
        laid(target, swap(target, there, source_of([(picture, face)]))).astype(int) for picture in (rgb, worn)
    )
    rims = np.abs(worn.astype(int) - rgb).max(axis=2) > 60
    seen = np.abs(bare - plain).max(axis=2)[:, ::-1]
    worn_off = rims & (cv2.dilate(_brows(face, rims.shape), np.ones((9, 9), np.uint8)) == 0)
    assert np.abs(worn.astype(int) - rgb).max(axis=2)[worn_off].mean() > 80
    assert seen[worn_off].mean() < 25


def test_a_face_without_glasses_has_none():
    rgb, face = sitter()
    source = source_of([(rgb, face)])
    assert glasses(source.skins[0].own[..., 0]) is None


def test_the_mouth_counts_as_open_by_its_height():
    _, face = sitter()
    points = face.points[:, :2].copy()
    middle = points[list(INNER_LIPS), 1].mean()
    shut, wide = points.copy(), points.copy()
    shut[list(INNER_LIPS), 1] = middle
    wide[list(INNER_LIPS), 1] = middle + 4 * (points[list(INNER_LIPS), 1] - middle)
    assert opening(shut, INNER_LIPS) == 0 and opening(wide, INNER_LIPS) == 1


def test_paint_on_a_face_is_brought_near_to_what_skin_may_be():
    rgb, face = sitter()
    painted = rgb.copy()
    x, y = (int(v) for v in face.points[50, :2])
    cv2.circle(painted, (x, y), round(0.08 * face.size), PAINT, -1)
    own = source_of([(painted, face)]).skins[0].own[..., 1:]
    assert np.hypot(own[..., 0], own[..., 1]).max() <= 0.06


def test_cracks_and_grain_are_held_down_to_what_skin_has():
    rgb, face = sitter()
    grain = np.random.default_rng(0).normal(0, 25, rgb.shape[:2])[..., None]
    cracked = np.clip(rgb + cv2.GaussianBlur(grain, (0, 0), 0.7)[..., None] * 2, 0, 255).astype(np.uint8)

    def fine(picture: np.ndarray) -> float:
        skin = source_of([(picture, face)]).skins[0]
        plain = (core() * (1 - features(10, 3)) * skin.trust) > 0.6
        stops = skin.own[..., 0]
        return float((stops - cv2.GaussianBlur(stops, (0, 0), 3))[plain].std())

    assert fine(cracked) < 0.025
    assert fine(rgb) > 0.6 * fine(cracked)


def test_colour_edge_and_front_are_as_asked():
    rgb, face = sitter()
    target = np.ascontiguousarray(rgb[:, ::-1])
    target[..., 2] = target[..., 2] // 3
    there, source = Finder().faces(target)[0], source_of([(rgb, face)])
    reading = measured(target, there, source)

    def made(**more: object) -> Patch:
        patch = patch_of(reading, source, finish=Finish(**more))  # type: ignore[arg-type]
        assert patch is not None
        return patch

    usual, own, tone, hard = made(), made(colour="own"), made(colour="tone"), made(feather=0.0)
    sure = usual.alpha > 0.9
    blue = [patch.rgb[..., 2][sure].mean() for patch in (usual, tone, own)]
    assert abs(blue[0] - blue[1]) < 12 and blue[2] > blue[0] + 15
    assert tone.rgb[..., 1][sure].std() < usual.rgb[..., 1][sure].std()
    assert (hard.alpha > 0.9).sum() > 1.05 * sure.sum()
    covered = made(front=False).alpha
    assert (covered >= usual.alpha - 1e-6).all()


def test_the_mean_of_several_photos_is_one_texture():
    rgb, face = sitter()
    dark = np.clip(rgb.astype(int) - 15, 0, 255).astype(np.uint8)
    both, mean = source_of([(rgb, face), (dark, face)]), source_of([(rgb, face), (dark, face)], mean=True)
    assert (len(both.skins), len(mean.skins)) == (2, 1)
    low, high = (np.minimum(*(skin.own for skin in both.skins)), np.maximum(*(skin.own for skin in both.skins)))
    assert ((mean.skins[0].own >= low - 1e-4) & (mean.skins[0].own <= high + 1e-4)).all()
