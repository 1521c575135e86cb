"""Colours and light of drawn pictures whose colours are known."""

import cv2
import numpy as np
import pytest

from engines.vision.describe.colours import colour_words, distance, dominant, name_of
from engines.vision.describe.light import light
from engines.vision.describe.palette import palette
from engines.vision.describe.view import lab, view_of
from tests.describe.drawn import colours_of, keys, stripes


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("#000000", "black"), ("#ffffff", "white"), ("#808080", "grey"), ("#ff0000", "red"), ("#0000ff", "blue"),
        ("#00ff00", "bright green"), ("#ffff00", "yellow"), ("#ff8000", "orange"), ("#800080", "purple"),
        ("#8b5a2b", "brown"), ("#ffc0cb", "pink"), ("#008080", "teal"), ("#f5f5dc", "ivory"), ("#000080", "dark blue"),
    ],
)  # fmt: skip
def test_colours_have_the_names_that_people_give_them(value, name):
    rgb = np.array(list(bytes.fromhex(value[1:])), np.uint8)
    assert name_of(lab(rgb)) == name


def test_names_are_unique_in_every_language():
    words = list(colour_words().values())
    for lang in ("en", "zh-CN", "ru"):
        assert len({entry[lang] for entry in words}) == len(words)


def test_distance_is_cie94():
    """Two pairs computed by hand from the formula, with weights by the chroma of the first."""
    one, other = np.array([50.0, 10.0, 0.0], np.float32), np.array([50.0, 0.0, 0.0], np.float32)
    assert distance(one, other) == pytest.approx(10 / 1.45, rel=1e-5)
    assert distance(other, one) == pytest.approx(10, rel=1e-5)
    turned = np.array([50.0, 0.0, 10.0], np.float32)
    assert distance(one, turned) == pytest.approx(np.sqrt(200) / 1.15, rel=1e-5)


@pytest.mark.parametrize("size", [(240, 120), (24, 12), (2400, 1200)])
def test_a_known_palette_is_found_at_every_size(size):
    picture = stripes("#d81e1e", "#d81e1e", "#1f5fd0", "#f2f2f2", width=size[0], height=size[1])
    found = dominant(view_of(picture).lab.reshape(-1, 3))
    assert [colour.name for colour in found[:3]] in (["red", "blue", "white"], ["red", "white", "blue"])
    assert found[0].share == pytest.approx(0.5, abs=0.03)
    assert sum(colour.share for colour in found) == pytest.approx(1)


def test_noise_and_jpeg_do_not_change_a_palette():
    picture = stripes("#2e8b3a", "#c19a6b", "#0f1b3d")
    noisy = np.clip(picture + np.random.default_rng(0).normal(0, 8, picture.shape), 0, 255).astype(np.uint8)
    packed = cv2.imdecode(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR)
    assert set(colours_of(packed)) == set(colours_of(picture)) == {"green", "tan", "navy blue"}


def test_a_small_bright_accent_is_said_and_a_dull_one_is_not():
    picture = np.full((200, 200, 3), (31, 95, 208), np.uint8)
    picture[:40, :50] = (216, 30, 30)
    assert colours_of(picture) == ("blue", "red")
    picture[:40, :50] = (150, 150, 150)
    assert colours_of(picture) == ("blue",)


def test_grey_sepia_warm_and_cold_are_told_apart():
    ramp = np.tile(np.linspace(0, 255, 256, dtype=np.uint8), (64, 1))
    grey = np.dstack([ramp] * 3)
    sepia = np.clip(ramp[..., None] * np.array([1.0, 0.82, 0.6]), 0, 255).astype(np.uint8)
    said = {
        name: keys(palette(view_of(picture)))
        for name, picture in {
            "grey": grey,
            "sepia": sepia,
            "warm": stripes("#e8682c", "#7b4a26", "#f3e5c3"),
            "cold": stripes("#1f5fd0", "#c5dcec", "#0f1b3d"),
            "mixed": stripes("#e8682c", "#1f5fd0"),
        }.items()
    }
    assert said["grey"] == {"palette.grey"}
    assert "palette.sepia" in said["sepia"]
    assert "palette.warm" in said["warm"] and "palette.cold" in said["cold"]
    assert not {"palette.warm", "palette.cold", "palette.sepia", "palette.monochrome"} & said["mixed"]


def test_what_is_transparent_has_no_colour():
    picture = np.zeros((100, 100, 4), np.uint8)
    picture[..., 1] = 255
    picture[20:80, 20:80] = (216, 30, 30, 255)
    assert colours_of(picture) == ("red",)


@pytest.mark.parametrize(
    ("low", "high", "key"), [(0, 40, "light.low_key"), (215, 255, "light.high_key"), (110, 150, "light.soft_contrast")]
)
def test_key_and_contrast(low, high, key):
    values = np.random.default_rng(1).integers(low, high, (120, 120), np.uint8)
    said = keys(light(view_of(np.dstack([values] * 3))))
    assert key in said
    assert not {"light.low_key", "light.high_key"} & said - {key}
