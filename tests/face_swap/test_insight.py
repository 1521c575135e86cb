"""buffalo_l's networks, on tiny files of their signatures, against NumPy."""

import cv2
import numpy as np
import pytest

from engines.vision.faces.align import template
from engines.vision.faces.finder import Finder
from engines.vision.faces.identity import distance
from engines.vision.faces.insight.arcface import ArcFace
from engines.vision.faces.insight.genderage import GenderAge
from engines.vision.faces.insight.landmark106 import Landmarks106
from engines.vision.faces.insight.scrfd import Detection, Scrfd, distinct, letterbox
from engines.vision.faces.people import people_of, who
from engines.vision.net import Net
from studio.errors import Unavailable
from tests.face_swap.networks import (
    ARC_WEIGHTS,
    BOX_WEIGHTS,
    FIVE_WEIGHTS,
    FLOAT,
    HALF,
    arcface_file,
    number_weights,
    numbers_file,
    scrfd_file,
    swapper_file,
)
from tests.vision.cast import film, shot
from tests.vision.scenes import texture

RED, GREEN = (255, 40, 0), (70, 200, 60)


def scene(height=480, width=640):
    """Blue-ish grey with red patches, which the tiny detector takes for faces."""
    picture = np.full((height, width, 3), (60, 90, 120), np.uint8)
    picture[100:140, 200:240] = RED
    picture[300:356, 400:440] = RED
    return picture


def looked(picture, side):
    """What the tiny network says of a picture within ``side``: (score, box, five), one by one, as the facts have it."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    new = (int(side * width / height), side) if height > width else (side, int(side * height / width))
    square = np.zeros((side, side, 3), np.uint8)
    shrinks = 2 * new[1] < height
    square[: new[1], : new[0]] = cv2.resize(picture, new, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    x = (square.astype(np.float64) - 127.5) / 128
    found = []
    for stride in (8, 16, 32):
        cells = x.reshape(side // stride, stride, side // stride, stride, 3).mean((1, 3))
        for row, column in np.ndindex(cells.shape[:2]):
            mean = cells[row, column]
            for anchor, share in enumerate((0.5, 0.4)):
                score = share * (mean[0] - mean[2])
                if score < 0.5:
                    continue
                left, top, right, bottom = mean @ BOX_WEIGHTS[:, 4 * anchor : 4 * anchor + 4] * stride
                at = np.array([column * stride, row * stride])
                box = (
                    np.array(
                        [column * stride - left, row * stride - top, column * stride + right, row * stride + bottom]
                    )
                    / scale
                )
                offsets = (mean @ FIVE_WEIGHTS[:, 10 * anchor : 10 * anchor + 10]).reshape(5, 2) * stride
                found.append((score, box, (offsets + at) / scale))
    return found


def greedy(found):
    kept = []
    for score, box, five in sorted(found, key=lambda one: -one[0]):
        for _, other, _ in kept:
            width = min(box[2], other[2]) - max(box[0], other[0]) + 1
            height = min(box[3], other[3]) - max(box[1], other[1]) + 1
            both = max(width, 0) * max(height, 0)
            sizes = [(b[2] - b[0] + 1) * (b[3] - b[1] + 1) for b in (box, other)]
            if both / (sum(sizes) - both) > 0.4:
                break
        else:
            kept.append((score, box, five))
    return kept


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("size", [(480, 640), (700, 500)])
def test_scrfd_reads_anchors_strides_and_both_sizes(tmp_path, shuffled, size):
    detector = Scrfd(scrfd_file(tmp_path / "det.onnx", shuffled=shuffled))
    picture = scene(*size)
    expected = [one for side in (128, 640) for one in looked(picture, side)]
    assert len(expected) > 20
    expected = greedy(expected)
    got = detector.detections(picture)
    assert len(got) == len(expected) >= 2
    key = lambda score, box: (round(score, 3), *np.round(box, 1))  # noqa: E731
    got.sort(key=lambda one: key(one.score, one.box))
    for one, (score, box, five) in zip(got, sorted(expected, key=lambda one: key(*one[:2])), strict=True):
        assert one.score == pytest.approx(score, abs=1e-4)
        assert np.allclose(one.box, box, atol=0.02)
        assert np.allclose(one.five, five, atol=0.02)
    found = detector(picture)
    assert len(found) == len(got)
    assert found[0].score == max(one.score for one in got)


def test_scrfd_thorough_looks_at_turned_copies_too(tmp_path):
    detector = Scrfd(scrfd_file(tmp_path / "det.onnx"))
    picture = scene()
    plain, close = detector.detections(picture), detector.detections(picture, thorough=True)
    turned = [one for one in close if all(np.abs(one.box - other.box).max() > 1 for other in plain)]
    assert turned
    for code, back in (
        (cv2.ROTATE_90_CLOCKWISE, lambda x, y: (y, 480 - x)),
        (cv2.ROTATE_180, lambda x, y: (640 - x, 480 - y)),
    ):
        copy = detector.detections(cv2.rotate(picture, code))
        points = [np.array([back(x, y) for x, y in one.five]) for one in copy]
        assert any(np.abs(one.five - five).max() < 0.05 for one in turned for five in points)


def test_a_detection_as_others_know_it():
    five = np.array([(10, 10), (20, 20), (0, 0), (0, 0), (0, 0)], np.float32)
    found = Detection(np.array([10, 20, 50, 80], np.float32), five, 0.75).found
    assert (found.x, found.y, found.size, found.score) == (30, 50, 60, 0.75)
    assert found.tilt == pytest.approx(np.pi / 4)
    boxes = np.array([(0, 0, 100, 100), (30, 0, 130, 100), (50, 0, 150, 100)], np.float32)
    assert distinct(boxes, np.array([0.6, 0.9, 0.7], np.float32)) == [1]
    assert distinct(boxes, np.array([0.9, 0.7, 0.6], np.float32)) == [0, 2]


def test_a_letterbox_keeps_the_aspect_at_the_upper_left():
    square, scale = letterbox(np.full((300, 200, 3), 200, np.uint8), 128)
    assert scale == pytest.approx(128 / 300)
    assert (square[:, :85] == 200).all()
    assert not square[:, 85:].any()


def chip_embedding(chip):
    x = (chip.astype(np.float64) - 127.5) / 127.5
    means = x.reshape(7, 16, 7, 16, 3).mean((1, 3)).transpose(2, 0, 1).ravel()
    return means @ ARC_WEIGHTS


@pytest.mark.parametrize("batch", ["None", 1])
def test_arcface_batches_where_it_may(tmp_path, batch):
    arcface = ArcFace(arcface_file(tmp_path / "arc.onnx", batch))
    chips = [texture(112, 112, seed) for seed in range(3)]
    got = arcface.of_chips(chips)
    expected = np.stack([chip_embedding(chip) for chip in chips])
    assert got.shape == (3, 512)
    assert np.allclose(got, expected, atol=1e-4)
    assert not np.allclose(arcface.of_chips([chips[0][..., ::-1]])[0], expected[0], atol=0.5)
    assert arcface.of_chips([]).shape == (0, 512)


def test_arcface_takes_its_chip_by_the_template(tmp_path):
    arcface = ArcFace(arcface_file(tmp_path / "arc.onnx"))
    picture = texture(300, 400, 4)
    five = (template("arcface_112", 112) + np.array([40, 60])).astype(np.float32)
    expected = chip_embedding(picture[60:172, 40:152])
    assert np.allclose(arcface.raw(picture, five), expected, atol=1e-3)
    assert np.allclose(arcface.of_points(picture, five), expected / np.linalg.norm(expected), atol=1e-5)


def test_arcface_has_limits_of_its_own(tmp_path):
    arcface = ArcFace(arcface_file(tmp_path / "arc.onnx"))
    assert arcface.limits.same > 1 > arcface.limits.one_person > arcface.limits.surely
    far = np.zeros((2, 512), np.float32)
    far[0, 0] = far[1, 1] = 1
    assert distance(*far) > arcface.limits.maybe
    near = far[0] * 0.6 + far[1] * 0.8
    assert distance(near, far[1]) < arcface.limits.one_person < distance(near, far[0]) + 0.05
    assert who([], near, arcface.limits.one_person) is None


def test_landmarks_and_attributes(tmp_path):
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[:] = GREEN
    colour = np.array(GREEN) / 255
    box = (100.0, 60.0, 160.0, 140.0)
    points = Landmarks106(numbers_file(tmp_path / "2d106det.onnx", 192, 212, 1.0))(picture, box)
    raw = (colour @ number_weights(212)).reshape(106, 2)
    expected = (raw * 96) / (192 / (1.5 * 80)) + [130, 100]
    assert points.dtype == np.float32
    assert np.allclose(points, expected, atol=0.01)
    looks = GenderAge(numbers_file(tmp_path / "genderage.onnx", 96, 3, 1.0))(picture, box)
    raw = colour @ number_weights(3)
    assert looks.male == bool(raw[1] > raw[0])
    assert looks.age == round(100 * raw[2])


def test_foreign_files_are_told(tmp_path):
    arc, landmarks = arcface_file(tmp_path / "a.onnx"), numbers_file(tmp_path / "l.onnx", 192, 212, 1.0)
    for kind, path in ((Scrfd, arc), (Landmarks106, arc), (GenderAge, landmarks)):
        with pytest.raises(Unavailable, match="a.onnx|l.onnx|model_foreign"):
            kind(path)
    (tmp_path / "no.onnx").write_bytes(b"none")
    with pytest.raises(Unavailable):
        Scrfd(tmp_path / "no.onnx")


@pytest.mark.parametrize("kind", [FLOAT, HALF])
def test_bound_inputs_and_outputs_give_the_same(tmp_path, kind):
    """The way on graphics cards, here on the processor."""
    net = Net(swapper_file(tmp_path / "in.onnx", kind=kind, batch="n"))
    feeds = {
        "target": np.random.default_rng(1).random((3, 3, 128, 128)).astype(net.picture().dtype),
        "source": np.random.default_rng(2).normal(0, 1, (3, 512)).astype(net.vector().dtype),
    }
    (bound,) = net._bound(feeds, ["output"])
    assert np.array_equal(np.asarray(bound, np.float32), net(feeds, ["output"])[0])


def test_tracks_and_people_take_its_embeddings(tmp_path):
    """Limits and lengths are the identity's: nothing counts on dlib's 128 numbers."""
    arcface = ArcFace(arcface_file(tmp_path / "arc.onnx"))
    finder = Finder(identity=arcface)
    who = {"astronaut": (130, 160), "mona_lisa": (340, 160)}
    frames = film(tmp_path / "film.mp4", 10, lambda i: shot(2, {name: (x + 2 * i, y) for name, (x, y) in who.items()}))
    people = people_of(frames, finder.detector, finder.landmarks, arcface)
    assert [person.embedding.shape for person in people] == [(512,), (512,)]
    whole = list(_embeddings(finder.tracker(), frames))
    assert [len(faces) for faces in whole] == [2] * 10
    first, second = finder.tracker(), finder.tracker()
    list(_embeddings(first, frames[:5]))
    second.restore(first.state())
    rest = list(_embeddings(second, frames[5:]))
    assert all(
        np.array_equal(a, b)
        for one, other in zip(whole[5:], rest, strict=True)
        for a, b in zip(one, other, strict=True)
    )
    assert whole[-1][0].shape == (512,)


def _embeddings(tracker, frames):
    for frame in frames:
        for scene in tracker(frame):
            yield [seen.embedding for seen in scene.faces]
