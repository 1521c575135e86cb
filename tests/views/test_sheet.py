"""The character sheet on the real library: every body from all sides, faces, colours, the page."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from engines.figure.character import FACE, chance
from engines.figure.colours import rgb
from engines.views._palette import palette
from engines.views._posed import CALM, POSE, bounds, painted, placed, stage
from engines.views._sheet import all_views
from engines.views.drawn import run as drawn
from studio.memory import Residency
from studio.run import Run
from studio.tasks.views import VIEWS, ViewsRequest, ViewsResult

SCALE = 0.12
PLAIN = ("hair/bob", "top/shirt", "bottom/jeans", "weapon/longsword", "headgear/beret")
WEAR = ("hair/bob", "top/shirt", "bottom/jeans", "outerwear/long_coat", "weapon/longsword")


def made(folder, **asked) -> ViewsResult:
    run = Run.local(
        folder / "work", folder / "out", seed=asked.pop("seed", 7), memory=Residency(lambda device: 1 << 32)
    )
    return drawn(ViewsRequest(**{"width": 640, "expressions": 4, "parts": PLAIN, **asked}), run)


def front_of(body, seed=3, **fixed):
    figure = chance(stage(), seed, {"body": body, "pose": POSE, "expression": CALM, **fixed}, WEAR)
    return placed(
        replace(figure, parts=tuple(name for name in figure.parts if name in WEAR or name.split("/")[0] in FACE))
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> ViewsResult:
    return made(tmp_path_factory.mktemp("first"))


@pytest.mark.parametrize("body", sorted(stage().bodies))
def test_every_body_is_seen_from_all_sides_on_one_ground_line(body):
    low = []
    for view in all_views(front_of(body)):
        rgba = painted(view.shapes, view.area, SCALE)
        assert (rgba[..., 3] > 0).mean() > 0.15, view.view
        rim = np.concatenate([rgba[0], rgba[-1], rgba[:, 0], rgba[:, -1]])
        assert (rim[:, 3] < 255).all(), view.view
        low.append(view.area[3])
    assert max(low) - min(low) < 25


def test_a_back_shows_nothing_of_a_face():
    front = front_of("slim", skin="warm")
    views = {view.view: view for view in all_views(front)}
    kinds = {view: {one.part.partition("/")[0] for one in views[view].shapes} for view in views}
    assert all({"hair", "outerwear", "weapon", "body"} <= kinds[view] for view in VIEWS)
    assert {"eyes", "mouth"} <= kinds["side"] & kinds["three_quarter"]
    assert {*FACE, "mouth"} <= kinds["front"] and not {"eyes", "brows", "mouth", "nose"} & kinds["back"]
    (x, crown), (_, chin) = front.at("head", np.array([[500.0, 130.0], [500.0, 318.0]])).tolist()
    skin = [seen(views[view], (x - 45, crown, x + 45, chin), front.roles["skin"]) for view in ("front", "back")]
    assert skin[0] > 0.15 and skin[1] < 0.01


def seen(view, area, colour) -> float:
    """The share of the area that is about this colour."""
    rgba = painted(view.shapes, area, 1.0).astype(int)
    return float((np.abs(rgba[..., :3] - np.multiply(colour, 255)).max(-1) < 12).mean())


def test_the_palette_is_what_the_picture_shows():
    front = front_of("slim", hair="chestnut")
    area = bounds(front.shapes)
    colours = palette(front, stage(), "en", area, 8)
    pixels = painted(front.shapes, area, 1.0).reshape(-1, 4).astype(int)
    pixels = np.unique(pixels[pixels[:, 3] == 255, :3], axis=0)
    assert [one.name for one in colours[:3]] == ["Skin", "Hair", "Eyes"]
    for one in colours:
        wanted = np.multiply(rgb(one.hex, "", ""), 255)
        assert np.abs(pixels - wanted).max(1).min() < 14, one


def test_one_press_gives_a_page_and_each_view(first, tmp_path):
    with Image.open(first.output) as page:
        assert page.size == (640, 427) and page.mode == "RGB"
        pixels = np.asarray(page)
    rim = np.concatenate([pixels[:4].reshape(-1, 3), pixels[-4:].reshape(-1, 3), pixels[:, :4].reshape(-1, 3)])
    assert (rim == 255).all() and (pixels < 128).any()
    assert tuple(one.view for one in first.views) == VIEWS and first.character.parts
    heights = {Image.open(one.picture).height for one in first.views}
    assert len(heights) == 1
    again = made(tmp_path / "again")
    assert Path(again.output).read_bytes() == Path(first.output).read_bytes()


def test_colours_are_named_in_the_language():
    front = front_of("slim", hair="chestnut")
    area = bounds(front.shapes)
    named = {language: [one.name for one in palette(front, stage(), language, area, 4)] for language in ("zh-CN", "ru")}
    assert named["zh-CN"][0] == "肤色" and named["ru"][0] == "Кожа" and named["zh-CN"][3] != named["ru"][3]


def test_an_unreadable_figure_is_said():
    with pytest.raises(ValidationError, match="character.bad_figure"):
        ViewsRequest(figure="{no")
