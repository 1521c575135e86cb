"""Laying one sample's face over another's: what changes, what stays, and whose face it is afterwards."""

import cv2
import numpy as np
import pytest

from engines.media.picture import read_picture
from engines.vision.faces.detect import Detector
from engines.vision.faces.face import Face
from engines.vision.faces.identity import Identity, distance
from engines.vision.faces.layout import INNER_LIPS
from engines.vision.faces.mesh import Mesh
from engines.vision.faces.source import source_of
from engines.vision.faces.swap import laid, swap
from engines.vision.faces.texture import features, map_size
from studio.paths import ASSETS

NAMES = ("astronaut", "girl_with_a_pearl_earring", "mona_lisa")
PAIRS = [(source, target) for source in NAMES for target in NAMES if source != target]


@pytest.fixture(scope="module")
def tools():
    return Detector(), Mesh(), Identity()


@pytest.fixture(scope="module")
def faces(tools):
    detector, mesh, _ = tools
    pictures = {name: read_picture(ASSETS / "samples" / f"{name}.jpg") for name in NAMES}
    return {name: (picture, mesh(picture, detector(picture)[0])) for name, picture in pictures.items()}


@pytest.fixture(scope="module")
def sources(faces):
    return {name: source_of([faces[name]]) for name in NAMES}


def mouth(face, shape):
    inside = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.rint(face.points[list(INNER_LIPS), :2]).astype(np.int32)], 1)
    return cv2.erode(inside, np.ones((3, 3), np.uint8)) > 0


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_only_the_face_changes(faces, sources, source, target):
    picture, face = faces[target]
    result = laid(picture, swap(picture, face, sources[source]))
    oval = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillConvexPoly(oval, cv2.convexHull(np.rint(face.points[:, :2]).astype(np.int32)), 1)
    outside = cv2.dilate(oval, np.ones((3, 3), np.uint8)) == 0
    assert (result[outside] == picture[outside]).all()
    inside = cv2.erode(oval, np.ones((3, 3), np.uint8), iterations=max(round(face.size / 12), 1)) > 0
    assert np.abs(result.astype(int) - picture)[inside].mean() > 2


def test_it_is_the_source_afterwards(tools, faces, sources):
    """The two paintings are so alike that a pair of them may come out even; over all pairs it may not."""
    detector, mesh, identity = tools
    known = {name: identity(*faces[name]) for name in NAMES}
    margins = []
    for source, target in PAIRS:
        picture, face = faces[target]
        result = laid(picture, swap(picture, face, sources[source]))
        after = identity(result, mesh(result, detector(result)[0]))
        margins.append(distance(after, known[target]) - distance(after, known[source]))
    assert sum(margin > 0 for margin in margins) >= len(PAIRS) - 1
    assert min(margins) > -0.03 and np.mean(margins) > 0.03


def test_teeth_stay_the_targets(faces, sources):
    picture, face = faces["astronaut"]
    result = laid(picture, swap(picture, face, sources["mona_lisa"]))
    teeth = mouth(face, picture.shape)
    assert teeth.sum() > 50
    change = np.abs(result.astype(int) - picture)
    assert np.median(change[teeth]) == 0
    assert change[teeth].mean() < 8


def test_the_light_is_the_targets(faces, sources):
    """Half as much light on the picture leaves half as much on the face that is laid over."""
    picture, face = faces["astronaut"]
    dark = (picture * 0.5).astype(np.uint8)
    bright = swap(picture, face, sources["mona_lisa"])
    dim = swap(dark, face, sources["mona_lisa"])
    held = (bright.alpha > 0.9) & (dim.alpha > 0.9)
    assert held.sum() > 2000
    ratio = dim.rgb[held].mean() / bright.rgb[held].mean()
    assert 0.42 < ratio < 0.58


def test_a_grey_picture_stays_grey(faces, sources):
    picture, face = faces["astronaut"]
    grey = np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    result = laid(grey, swap(grey, face, sources["mona_lisa"]))
    assert np.ptp(result.astype(int), axis=2).max() <= 3


def test_a_grey_source_takes_the_targets_colour(faces):
    picture, face = faces["mona_lisa"]
    source, source_face = faces["astronaut"]
    grey = np.repeat(cv2.cvtColor(source, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    patch = swap(picture, face, source_of([(grey, source_face)]))
    held = patch.alpha > 0.9
    place = picture[patch.top :, patch.left :][: held.shape[0], : held.shape[1]]
    assert np.abs(patch.rgb[held].mean(axis=0) - place[held].mean(axis=0)).max() < 20


@pytest.mark.parametrize("value", [0, 128, 255])
def test_one_colour(faces, sources, value):
    face = faces["astronaut"][1]
    plain = np.full((512, 512, 3), value, np.uint8)
    for source in (sources["mona_lisa"], source_of([(plain, face)])):
        patch = swap(plain, face, source)
        assert np.isfinite(patch.alpha).all() and patch.alpha.min() >= 0 and patch.alpha.max() <= 1
    assert all(np.isfinite(skin.own).all() and np.isfinite(skin.trust).all() for skin in source.skins)
    assert np.abs(laid(plain, patch).astype(int) - plain).max() <= 2


@pytest.mark.parametrize("size", [3, 8, 14, 30])
def test_tiny_faces(faces, sources, size):
    picture, face = faces["astronaut"]
    factor = size / face.size
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    tiny = Face(face.points * np.float32(factor))
    result = laid(small, swap(small, tiny, sources["mona_lisa"]))
    assert result.shape == small.shape
    assert (result == small).all() == (size < 12)


def test_a_face_at_the_pictures_edge(faces, sources):
    picture, face = faces["astronaut"]
    middle = round(float(face.points[1, 0]))
    half = np.ascontiguousarray(picture[:, middle:])
    moved = Face(face.points - np.array([middle, 0, 0], np.float32))
    patch = swap(half, moved, sources["mona_lisa"])
    assert patch.left == 0 and (laid(half, patch) != half).any()
    away = Face(face.points + np.array([2000, 0, 0], np.float32))
    assert swap(picture, away, sources["mona_lisa"]) is None


def test_the_same_twice(faces):
    picture, face = faces["girl_with_a_pearl_earring"]
    one, other = (swap(picture, face, source_of([faces["astronaut"]])) for _ in range(2))
    assert (one.rgb == other.rgb).all() and (one.alpha == other.alpha).all()


def test_cracks_are_smoothed_and_features_stay(faces):
    """Noise as strong as varnish's cracks over a photo leaves its brows and lips little rougher than they are without it."""
    picture, face = faces["astronaut"]
    noise = np.random.default_rng(1).normal(0, 14, (*picture.shape[:2], 1))
    cracked = np.clip(picture + noise, 0, 255).astype(np.uint8)
    own, rough = (source_of([(one, face)]).skins[0].own[..., 0] for one in (picture, cracked))
    there = features() > 0.9
    fine = [float(np.std((one - cv2.GaussianBlur(one, (0, 0), 3))[there])) for one in (own, rough)]
    broad = [cv2.GaussianBlur(one, (0, 0), 3)[there] for one in (own, rough)]
    assert fine[1] < 1.1 * fine[0]
    assert np.corrcoef(*broad)[0, 1] > 0.97


def test_what_one_side_hides_the_other_shows(faces):
    """Half the face under paint: the texture is filled from the other half, without the paint."""
    picture, face = faces["astronaut"]
    painted = picture.copy()
    cheek = face.points[[50, 101, 205, 187, 123], :2]
    cv2.fillConvexPoly(painted, cv2.convexHull(np.rint(cheek).astype(np.int32)), (0, 0, 255))
    clean, hidden = (source_of([(shown, face)]).skins[0] for shown in (picture, painted))
    assert np.abs(hidden.own[..., 1:] - clean.own[..., 1:]).mean() < 0.01
    assert np.abs(hidden.own[..., 1:]).max() < 0.14
    assert hidden.trust.sum() > 0.8 * clean.trust.sum()


def test_profiles_beyond_the_sources_reach_fade(faces, sources):
    picture, face = faces["astronaut"]
    depth = face.points.copy()
    depth[:, 2] += (depth[:, 0] - depth[:, 0].mean()) * 20
    assert abs(Face(depth).turn) > 0.9
    assert swap(picture, Face(depth), sources["astronaut"]) is None


def test_several_photos_are_taken_by_turn(faces):
    both = source_of([faces["girl_with_a_pearl_earring"], faces["astronaut"]])
    turns = [skin.turn for skin in both.skins]
    assert turns == sorted(turns) and both.reach == (turns[0], turns[-1])
    assert (both.texture(-1).own == both.skins[0].own).all()
    assert (both.texture(1).own == both.skins[1].own).all()
    between = both.texture(sum(turns) / 2).own
    assert between.shape == (*map_size(), 3) and (between != both.skins[0].own).any()


def test_strength(faces, sources):
    picture, face = faces["astronaut"]
    full = laid(picture, swap(picture, face, sources["mona_lisa"])).astype(int)
    half = laid(picture, swap(picture, face, sources["mona_lisa"], strength=0.5)).astype(int)
    assert np.abs((full + picture) / 2 - half).max() <= 1.5
    assert swap(picture, face, sources["mona_lisa"], strength=0) is None
