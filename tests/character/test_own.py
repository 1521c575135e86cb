"""Own pictures of a character: cut out as the task does it, as far as the request says what is meant."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pydantic import ValidationError

from engines.character._masks import read_map
from engines.character.drawn import run as drawn
from engines.cutout import grabcut
from engines.figure.layers import REGIONS
from studio.errors import StudioError
from studio.memory import Residency
from studio.run import Run
from studio.tasks.character import CharacterRequest, CharacterResult
from studio.tasks.cutout import CutoutRequest

MEMORY = Residency(lambda device: 1 << 32)
HEIGHT, WIDTH = 256, 171


def made(folder, **asked) -> CharacterResult:
    run = Run.local(folder / "work", folder / "out", seed=5, memory=MEMORY)
    settings = {"height": HEIGHT, "scale": 1, "until": "draw", "idea": "a girl in a long dress", **asked}
    return drawn(CharacterRequest(**settings), run)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A picture of something green and something red."""
    file = tmp_path_factory.mktemp("own") / "two.png"
    picture = Image.new("RGB", (120, 80), (240, 240, 235))
    ImageDraw.Draw(picture).ellipse((10, 15, 55, 65), fill=(20, 170, 40))
    ImageDraw.Draw(picture).rectangle((70, 20, 110, 60), fill=(200, 30, 30))
    picture.save(file)
    return str(file)


@pytest.mark.parametrize(("hint", "channel"), [("torso:box:5,10,55,60", 1), ("torso:in:90,40", 0)])
def test_a_hint_says_what_of_an_own_picture_is_worn(tmp_path, two, hint, channel):
    result = made(tmp_path, pictures={"torso": (two,)}, cuts=(hint,))
    labels = read_map(np.array(Image.open(result.masks).convert("RGB")), HEIGHT, WIDTH)
    worn = np.array(Image.open(result.drawing).convert("RGB")).astype(int)[labels == REGIONS.index("torso")]
    assert (worn.argmax(-1) == channel).mean() > 0.9


def test_a_hint_that_cannot_be_read_is_refused():
    for cuts, key in ((("tail:in:1,1",), "character.no_region"), (("torso:in:1",), "cutout.bad_hint")):
        with pytest.raises(ValidationError, match=key):
            CharacterRequest(cuts=cuts)


def test_an_own_picture_that_shows_nothing_or_is_none_is_refused(tmp_path):
    Image.new("RGBA", (40, 40), (200, 10, 10, 0)).save(tmp_path / "clear.png")
    (tmp_path / "words.png").write_text("a picture, honestly")
    Image.new("1", (10000, 9000)).save(tmp_path / "huge.png")
    for name, key in (("clear", "cutout.nothing"), ("words", "media.unreadable"), ("huge", "media.too_large")):
        with pytest.raises(StudioError) as refused:
            made(tmp_path, until="masks", pictures={"torso": (str(tmp_path / f"{name}.png"),)})
        assert refused.value.key == key, refused.value


def test_unusual_files_are_cut_out(tmp_path):
    ball = Image.new("L", (60, 60), 250)
    ImageDraw.Draw(ball).ellipse((15, 15, 45, 45), fill=40)
    deep = Image.fromarray((np.array(ball, np.uint16) * 257).astype(np.uint16))
    colours = Image.merge("RGB", (ball, ball, ball))
    other = colours.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    deep.save(tmp_path / "deep.png")
    colours.convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    colours.save(tmp_path / "moving.gif", save_all=True, append_images=[other], duration=50)
    colours.save(tmp_path / "moving.webp", save_all=True, append_images=[other], duration=50, lossless=True)
    for name in ("deep.png", "print.jpg", "moving.gif", "moving.webp"):
        run = Run.local(tmp_path / "work", tmp_path / "out", seed=1)
        found = grabcut.run(CutoutRequest(picture=str(tmp_path / name)), run)
        assert found.share == pytest.approx(np.pi / 16, rel=0.08), name
        inside = np.array(Image.open(found.output).convert("RGBA"))[25:35, 25:35, :3].astype(int)
        assert np.abs(inside - 40).max() < 12, name
    Image.new("RGB", (1, 1), "red").save(tmp_path / "one.png")
    assert grabcut.run(CutoutRequest(picture=str(tmp_path / "one.png")), run).share == 1.0
