"""Crops by templates, and patches out of crops."""

import cv2
import numpy as np
import pytest

from engines.vision.faces.align import aligned, inverse, moved, reach, similarity, template
from engines.vision.faces.paste import Laid, box_mask, paste
from engines.vision.faces.swap import laid
from tests.vision.scenes import texture

RNG = np.random.default_rng(11)
# As shares of the crop's side, from facefusion's table.
SHARES = {
    "arcface_112_v1": [
        (0.35473214, 0.45658929), (0.64526786, 0.45658929), (0.5, 0.61154464), (0.37913393, 0.776875), (0.62086607, 0.776875),
    ],
    "arcface_112": [
        (0.34191607, 0.46157411), (0.65653393, 0.45983393), (0.50022500, 0.64050536), (0.37097589, 0.82469196), (0.63151696, 0.82325089),
    ],
    "arcface_128": [
        (0.36167656, 0.40387734), (0.63696719, 0.40235469), (0.50019687, 0.56044219), (0.38710391, 0.72160547), (0.61507734, 0.72034453),
    ],
    "ffhq_512": [
        (0.37691676, 0.46864664), (0.62285697, 0.46912813), (0.50123859, 0.61331904), (0.39308822, 0.72541100), (0.61150205, 0.72490465),
    ],
}  # fmt: skip


def turned(points, degrees, scale, shift):
    angle = np.radians(degrees)
    return points @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) * scale + shift


def umeyama(source, target):
    """By singular values, as in the paper (equations 40 to 42)."""
    a, b = source - source.mean(0), target - target.mean(0)
    u, values, v = np.linalg.svd(b.T @ a / len(a))
    sign = np.diag([1.0, np.sign(np.linalg.det(u @ v))])
    turn = u @ sign @ v
    scale = np.trace(np.diag(values) @ sign) / (a**2).sum(1).mean()
    return np.hstack([scale * turn, (target.mean(0) - scale * turn @ source.mean(0))[:, None]])


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("side", [128, 256, 512])
def test_templates_are_the_published_ones(name, side):
    assert np.allclose(template(name, side), np.array(SHARES[name]) * side, atol=2e-5 * side)


def test_the_fit_is_umeyamas():
    for _ in range(20):
        source, target = RNG.normal(0, 50, (5, 2)), RNG.normal(0, 50, (5, 2))
        assert np.allclose(similarity(source, target), umeyama(source, target), atol=1e-9)


@pytest.mark.parametrize(("degrees", "scale"), [(0, 1.0), (35, 0.4), (170, 3.1), (-80, 5.0)])
def test_a_crop_has_its_points_where_the_template_says(degrees, scale):
    five = turned(template("arcface_128", 128), degrees, scale, (700, 700)).astype(np.float32)
    picture = np.zeros((1400, 1400, 3), np.uint8)
    for x, y in five:
        cv2.circle(picture, (round(float(x)), round(float(y))), max(round(2 * scale), 1), (255, 255, 255), -1)
    crop = aligned(picture, five, "arcface_128", 128)
    assert crop.side == 128
    assert reach(five, "arcface_128") == pytest.approx(128 * scale, rel=1e-3)
    for x, y in template("arcface_128", 128):
        near = crop.rgb[round(y) - 5 : round(y) + 6, round(x) - 5 : round(x) + 6, 0].astype(float)
        rows, columns = np.mgrid[:11, :11] - 5
        centre = np.array([(columns * near).sum(), (rows * near).sum()]) / near.sum()
        assert np.hypot(centre[0] + round(x) - x, centre[1] + round(y) - y) < 1.5


@pytest.mark.parametrize("side", [128, 512])
@pytest.mark.parametrize("scale", [0.4, 2.0, 4.5])
def test_a_crop_laid_back_is_the_picture_and_nothing_else_is_touched(side, scale):
    picture = cv2.GaussianBlur(texture(700, 800, 3), (0, 0), 6)
    five = turned(template("ffhq_512", 100), 20, scale, (330, 200))
    crop = aligned(picture, five, "ffhq_512", side)
    same = paste(crop.rgb, box_mask(side), crop.forth, picture.shape)
    sure = same.alpha > 0.99
    there = picture[same.top : same.top + sure.shape[0], same.left : same.left + sure.shape[1]]
    assert sure.sum() > 0.3 * (100 * scale) ** 2
    assert np.abs(same.rgb[sure].astype(int) - there[sure]).mean() < 1.5
    other = laid(picture, paste(255 - crop.rgb, box_mask(side), crop.forth, picture.shape))
    touched = (other != picture).any(axis=2)
    height, width = np.mgrid[: picture.shape[0], : picture.shape[1]]
    inside = moved(np.stack([width.ravel(), height.ravel()], 1), crop.forth).reshape(*touched.shape, 2)
    assert touched.sum() > 0.6 * (100 * scale) ** 2
    pixel = max(side / (100 * scale), 1.0)
    assert not touched[(inside < -pixel).any(axis=2) | (inside > side - 1 + pixel).any(axis=2)].any()
    assert same.alpha.size < 2.2 * (100 * scale + 4) ** 2


def test_a_mask_lies_where_its_crop_does():
    picture = texture(400, 500, 1)
    five = turned(template("arcface_128", 128), -15, 1.7, (120, 60))
    crop = aligned(picture, five, "arcface_128", 256)
    patch = paste(crop.rgb, box_mask(256), crop.forth, picture.shape)
    mask = np.zeros((256, 256), np.float32)
    mask[60:100, 150:200] = 1
    laid_over = Laid(mask, crop.forth).over(patch)
    assert laid_over.shape == patch.alpha.shape
    rows, columns = np.nonzero(laid_over > 0.5)
    middle = moved(np.array([[174.5, 79.5]]), inverse(crop.forth))[0]
    assert np.allclose([columns.mean() + patch.left, rows.mean() + patch.top], middle, atol=0.3)


def test_a_crop_at_the_edge_and_one_outside():
    picture = texture(200, 300, 2)
    five = turned(template("arcface_128", 128), 0, 1.0, (-64, -64))
    crop = aligned(picture, five, "arcface_128", 128)
    patch = paste(crop.rgb, box_mask(128), crop.forth, picture.shape)
    assert (patch.left, patch.top) == (0, 0)
    assert patch.alpha.shape[0] <= 65
    assert laid(picture, patch).shape == picture.shape
    away = aligned(picture, five - 500, "arcface_128", 128)
    assert paste(away.rgb, box_mask(128), away.forth, picture.shape) is None


def test_the_box_mask():
    mask = box_mask(128, 0.3)
    assert mask is box_mask(128, 0.3)
    assert mask[64, 64] == 1
    assert mask[0].max() == 0
    assert np.allclose(mask, mask.T)
    assert np.all(np.diff(mask[64, :64]) >= -1e-6)
    assert (mask > 0.5).sum() == pytest.approx((128 - 2 * 9) ** 2, rel=0.03)
    hard = box_mask(128, 0.0)
    assert set(np.unique(hard)) == {0.0, 1.0}


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.7, 4.0, 7.3])
def test_nothing_is_shifted_however_much_finer_the_crop_is(scale):
    side = 256
    forth = np.array([[scale, 0, -50.3 * scale], [0, scale, -30.6 * scale]])
    columns, rows = np.meshgrid(np.arange(side) / scale + 50.3, np.arange(side) / scale + 30.6)
    step = 200 * scale / side
    crop = np.stack([(columns - 50.3) * step, (rows - 30.6) * step, np.full_like(rows, 9)], axis=2)
    noisy = np.rint(crop + RNG.normal(0, 3, crop.shape)).clip(0, 255).astype(np.uint8)
    patch = paste(noisy, box_mask(side), forth, (700, 700))
    height, width = patch.alpha.shape
    x, y = np.meshgrid(np.arange(width) + patch.left, np.arange(height) + patch.top)
    inner = (patch.alpha > 0.99) & (y > 30 + 30 / scale) & (x > 50 + 30 / scale)
    wanted = np.stack([(x - 50.3) * step, (y - 30.6) * step], axis=2)
    assert np.abs((patch.rgb[..., :2] - wanted)[inner].mean(0)).max() < 0.08 * max(step, 1)
