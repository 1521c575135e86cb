"""Restorers, occlusion and parsing, on tiny files of their signatures, against NumPy."""

import cv2
import numpy as np
import pytest

from engines.vision.faces.align import aligned, template
from engines.vision.faces.parsing import FACE, PARTS, FaceParser
from engines.vision.faces.paste import FEATHER, box_mask
from engines.vision.faces.restore import Restorer
from engines.vision.faces.swap import Patch
from engines.vision.faces.xseg import XSeg
from studio.errors import Unavailable
from tests.face_swap.networks import (
    DOUBLE,
    FLOAT,
    GAIN,
    HALF,
    PARSING,
    arcface_file,
    numbers_file,
    parser_file,
    restorer_file,
    xseg_file,
)
from tests.vision.scenes import texture

PICTURE = texture(600, 700, 4)


def five_at(name, side, left, top):
    """Five points whose crop of ``side`` pixels is a part of the picture, pixel for pixel."""
    return (template(name, side) + np.array([left, top])).astype(np.float32)


def restored(crop, lift=0.0):
    x = crop.astype(np.float64) / 255 * 2 - 1
    return np.clip((x * GAIN + lift + 1) / 2 * 255, 0, 255)


FILES = {
    "gfpgan": ({}, 0.0),
    "gfpgan half": ({"kind": HALF}, 0.0),
    "codeformer": ({"weight": "weight"}, 0.35),
    "codeformer x w y": ({"weight": "w", "names": ("x", "y")}, 0.35),
    "codeformer half": ({"weight": "w", "kind": HALF, "names": ("x", "y")}, 0.35),
    "codeformer float": ({"weight": "w", "weight_kind": FLOAT}, 0.35),
}


@pytest.mark.parametrize("file", FILES)
def test_restorers(tmp_path, file):
    options, lift = FILES[file]
    net = Restorer(restorer_file(tmp_path / "r.onnx", **options))
    assert net.side == 512
    patch = net(PICTURE, five_at("ffhq_512", 512, 100, 40), blend=0.5, fidelity=0.7)
    inner = slice(40, 552 - 40), slice(100, 612 - 0)
    own = patch.rgb[inner[0].start - patch.top :, inner[1].start - patch.left :][:460, :500]
    wanted = restored(PICTURE[40:552, 100:612], lift)[:460, :500]
    assert np.abs(own - wanted).max() < (3 if "half" in file else 1)
    alpha = patch.alpha[40 - patch.top :, 100 - patch.left :][:512, :512]
    assert np.allclose(alpha, box_mask(512, FEATHER) * 0.5, atol=1e-3)


def test_a_restorer_takes_its_size_from_the_file(tmp_path):
    net = Restorer(restorer_file(tmp_path / "r.onnx", side=64))
    assert net.side == 64
    patch = net(PICTURE, five_at("ffhq_512", 64, 300, 200))
    part = patch.rgb[200 - patch.top :, 300 - patch.left :][:64, :64]
    assert np.abs(part - restored(PICTURE[200:264, 300:364])).max() < 1
    assert net(PICTURE, five_at("ffhq_512", 64, -3000, 200)) is None


def expected_soft(mask):
    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 5)
    return (blurred.clip(0.5, 1) - 0.5) * 2


@pytest.mark.parametrize("first", [False, True])
def test_xseg(tmp_path, first):
    net = XSeg(xseg_file(tmp_path / "x.onnx", first=first))
    picture = np.full((400, 500, 3), (200, 90, 40), np.uint8)
    picture[100:300, 150:320] = (30, 90, 220)
    picture[180:220, 200:360] = (250, 90, 220)
    found = net(picture, five_at("arcface_128", 256, 120, 80))
    crop = picture[80:336, 120:376].astype(np.float32) / 255
    expected = expected_soft(crop[..., 2] - 0.4 * crop[..., 0] > 0.5)
    assert 0.2 < expected.mean() < 0.6
    assert np.allclose(found.mask, expected, atol=1e-5)
    patch = Patch(130, 90, picture[90:330, 130:360], np.ones((240, 230), np.float32))
    assert np.allclose(found.over(patch), expected[10:250, 10:240], atol=1e-3)


def test_the_parser_keeps_the_chosen_parts(tmp_path):
    net = FaceParser(parser_file(tmp_path / "b.onnx"))
    picture = cv2.GaussianBlur(PICTURE, (0, 0), 12)
    picture = np.clip((picture.astype(int) - 128) * 3 + 128, 0, 255).astype(np.uint8)
    crop = picture[50:562, 60:572]
    x = (crop / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    classes = (x @ PARSING.T.astype(np.float64)).argmax(-1)
    present = [part for part, number in PARTS.items() if (classes == number).sum() > 3000]
    assert len(present) >= 2
    five = five_at("arcface_128", 512, 60, 50)
    assert np.array_equal(crop, aligned(picture, five, "arcface_128", 512).rgb)
    for parts in (present[:1], present[1:2], FACE):
        expected = expected_soft(np.isin(classes, [PARTS[part] for part in parts]))
        assert np.abs(net(picture, five, parts).mask - expected).mean() < 1e-3
    with pytest.raises(KeyError):
        net(picture, five, ["moustache"])


def test_foreign_files_are_told(tmp_path):
    arc, numbers = arcface_file(tmp_path / "a.onnx"), numbers_file(tmp_path / "n.onnx", 192, 212, 1)
    for kind in (Restorer, FaceParser, XSeg):
        for path in (arc, numbers):
            with pytest.raises(Unavailable):
                kind(path)
    with pytest.raises(Unavailable):
        Restorer(xseg_file(tmp_path / "x.onnx"))
    assert Restorer(restorer_file(tmp_path / "ok.onnx", weight="w", weight_kind=DOUBLE)).side == 512
