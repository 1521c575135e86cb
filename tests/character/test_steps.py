"""The embedded character engine on the real library: whole, step by step, painted over, and with own pictures."""

import json
import secrets

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from engines.character._masks import colours, painted_map, read_map
from engines.character.drawn import run as drawn
from engines.figure.layers import REGIONS
from engines.figure.library import library
from studio.errors import BadInput
from studio.memory import Residency
from studio.paths import ASSETS
from studio.run import Run
from studio.tasks._sheet import Line, Sheet
from studio.tasks.character import CharacterRequest, CharacterResult

MEMORY = Residency(lambda device: 1 << 32)
SMALL = 384
IDEA = "a girl with a high ponytail, a long coat and a sword in a flower meadow"


def made(folder, seed=5, **asked) -> CharacterResult:
    run = Run.local(folder / secrets.token_hex(4), folder / "out", seed=seed, memory=MEMORY)
    return drawn(CharacterRequest(**{"height": SMALL, "scale": 1, **asked}), run)


def picture(path) -> np.ndarray:
    return np.array(Image.open(path).convert("RGBA")).astype(int)


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> CharacterResult:
    return made(tmp_path_factory.mktemp("first"), idea=IDEA)


def given(result: CharacterResult, **more):
    """What a page gives of an earlier result to a later step."""
    return {"sheet": result.sheet.model_dump_json(), "figure": result.character.model_dump_json(), **more}


def test_one_press_makes_every_step(first):
    found = {one.part.partition("/")[0]: one for one in first.found}
    assert found["hair"].part == "hair/ponytail" and (found["hair"].line, found["hair"].how) == ("high ponytail", "tag")
    assert {"outerwear", "weapon", "background"} <= set(found) and found["weapon"].line == "sword"
    assert picture(first.drawing).shape == picture(first.masks).shape == (SMALL, SMALL * 2 // 3, 4)
    assert picture(first.preliminary).tolist() != picture(first.drawing).tolist()
    assert {spot.kind for spot in first.spots} == {"face", "hand"} and (
        picture(first.output) == picture(first.refined)
    ).all()
    assert not {"high ponytail", "sword", "girl"} & {line.said for line in first.gone}
    assert any(line.slot == "palette" for line in first.come)


def test_what_a_line_asks_for_is_what_is_worn():
    labelled = [(tag, part) for part in library().parts.values() for tag in part.tags if part.weight > 0]
    assert len(labelled) > 40


def test_the_same_seed_gives_the_same_picture(tmp_path, first):
    again = made(tmp_path / "a", idea=IDEA)
    other = made(tmp_path / "b", seed=6, idea=IDEA)
    assert again.character == first.character
    assert (picture(again.output) == picture(first.output)).all()
    assert other.character != first.character


def test_a_step_takes_what_it_is_given(tmp_path, first):
    again = made(tmp_path, seed=99, until="draw", **given(first))
    assert (picture(again.drawing) == picture(first.drawing)).all() and again.refined is None and again.output is None
    tags = made(tmp_path / "tags", until="tags", sheet=first.sheet.model_dump_json())
    assert tags.sheet == first.sheet and tags.found == () and tags.masks is None


def test_locked_lines_stay_when_tags_are_drawn_anew(tmp_path, first):
    lines = tuple(line.model_copy(update={"locked": line.slot == "hair_style"}) for line in first.sheet.lines)
    sheet = Sheet(lines=lines).model_dump_json()
    new = made(tmp_path, seed=8, until="library", sheet=sheet, redraw=True)
    assert new.sheet.lines != lines and "hair/ponytail" in {one.part for one in new.found}


def test_a_chosen_part_is_worn_in_place_of_what_the_tags_say(tmp_path, first):
    new = made(tmp_path, until="library", sheet=first.sheet.model_dump_json(), parts=("hair/bob",))
    assert "hair/bob" in new.character.parts and "hair/ponytail" not in new.character.parts
    assert next(one for one in new.found if one.part == "hair/bob").how == "given"


def test_painting_moves_a_region_and_nothing_else(tmp_path, first):
    labels = read_map(np.array(Image.open(first.masks).convert("RGB")), SMALL, SMALL * 2 // 3)
    painted = labels.copy()
    painted[40:140, 8:40] = REGIONS.index("hair")
    painted[labels == REGIONS.index("held")] = REGIONS.index("background")
    Image.fromarray(painted_map(painted)).save(tmp_path / "map.png")
    new = made(tmp_path, until="draw", masks=str(tmp_path / "map.png"), **given(first))
    before, after = picture(first.drawing), picture(new.drawing)
    changed = (before != after).any(-1)
    asked = painted != labels
    inside, outside = changed[asked].mean(), changed[~asked].mean()
    assert inside > 0.8 and outside < 0.03, (inside, outside)
    hair = before[labels == REGIONS.index("hair")][:, :3].mean(0)
    ground = before[50:130, 12:36, :3].mean((0, 1))
    patch = after[50:130, 12:36, :3].mean((0, 1))
    assert np.abs(patch - hair).mean() < np.abs(patch - ground).mean()


def test_an_own_picture_fills_its_region_alone(tmp_path, first):
    rows = np.indices((60, 60)).sum(0)[..., None] // 6 % 2
    Image.fromarray(np.where(rows, [20, 200, 40], [250, 240, 20]).astype(np.uint8)).save(tmp_path / "stripes.png")
    new = made(tmp_path, until="draw", pictures={"torso": (str(tmp_path / "stripes.png"),)}, **given(first))
    labels = read_map(np.array(Image.open(first.masks).convert("RGB")), SMALL, SMALL * 2 // 3)
    changed = np.abs(picture(new.drawing) - picture(first.drawing)).sum(-1)
    torso = labels == REGIONS.index("torso")
    assert changed[torso].mean() > 20 * changed[~torso].mean()
    assert [one.picture for one in new.found if one.region == "torso"] == [str(tmp_path / "stripes.png")]


def test_a_drawing_that_was_whole_is_not_drawn_again(tmp_path):
    asked = CharacterRequest(idea=IDEA, height=SMALL, scale=1, until="draw")
    for shade in (0, 90):
        run = Run.local(tmp_path / "work", tmp_path / f"out{shade}", seed=5, memory=MEMORY)
        found = picture(drawn(asked, run).drawing)
        assert (found[..., :3] == shade).all() == bool(shade)
        Image.new("RGB", (SMALL * 2 // 3, SMALL), (90, 90, 90)).save(run.workdir / "drawing.png")


def test_a_refused_face_stays_as_it_was(tmp_path, first):
    drawing = {"drawing": first.drawing}
    new = made(tmp_path, until="refine", refused=(0,), **given(first, **drawing))
    left, top, width, height = new.spots[0].box
    place = np.s_[top : top + height, left : left + width]
    assert not new.spots[0].taken and (picture(new.refined)[place] == picture(first.drawing)[place]).all()
    assert (picture(first.refined)[place] != picture(first.drawing)[place]).any()


def test_a_style_is_drawn_over_the_figure(tmp_path, first):
    new = made(tmp_path, until="draw", look="pencil", **given(first))
    tone = picture(new.drawing)[..., :3]
    assert tone.std(-1).mean() < 0.3 * picture(first.drawing)[..., :3].std(-1).mean()


def test_without_a_background_it_is_transparent(tmp_path, first):
    new = made(tmp_path, until="draw", backdrop=False, **given(first))
    alpha = picture(new.drawing)[..., 3]
    labels = read_map(np.array(Image.open(first.masks).convert("RGB")), SMALL, SMALL * 2 // 3)
    assert alpha[:8].max() == 0 and alpha[labels == REGIONS.index("face")].mean() > 240


def test_denied_things_are_not_worn(tmp_path):
    lines = (
        Line(section="subject", text="woman", slot="presence"),
        Line(section="negative", text="pointed wizard hat", slot="headgear"),
        Line(section="hair", text="bald", slot="hair_style"),
    )
    for seed in range(6):
        new = made(tmp_path / str(seed), seed=seed, until="library", sheet=Sheet(lines=lines).model_dump_json())
        kinds = {part.partition("/")[0] for part in new.character.parts}
        assert not kinds & {"headgear", "hair"} and kinds & {"outfit", "top"} and new.character.build == "feminine"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"figure": json.dumps({"body": "nobody"})}, "nobody"),
        ({"parts": ("hair/none",)}, "hair/none"),
        ({"pose": "no such pose"}, "no such pose"),
        ({"style": "no such style"}, "no such style"),
    ],
)
def test_unknown_names_are_told(tmp_path, asked, told):
    with pytest.raises(BadInput, match=told):
        made(tmp_path, idea="a woman", until="masks", **asked)


def test_maps_that_fit_nothing_are_told(tmp_path, first):
    for name, size, value, words in (("wide", (300, 100), 90, "shape"), ("empty", (256, 384), 0, "background only")):
        Image.new("RGB", size, tuple(colours()[0] if not value else (value,) * 3)).save(tmp_path / f"{name}.png")
        with pytest.raises(BadInput, match=words):
            made(tmp_path / name, until="masks", masks=str(tmp_path / f"{name}.png"), **given(first))
    (tmp_path / "no.png").write_text("this is no picture")
    with pytest.raises(BadInput):
        made(tmp_path / "no", until="masks", masks=str(tmp_path / "no.png"), **given(first))


def test_what_can_not_be_read_is_refused_at_once():
    for wrong in ({"figure": "{"}, {"sheet": "[]"}, {"pictures": {"knee": ("x",)}}, {"height": 100}):
        with pytest.raises(ValidationError):
            CharacterRequest(**wrong)


def test_own_pictures_of_any_kind_are_laid(tmp_path, first):
    odd = {
        "grey.png": Image.new("L", (30, 50), 120),
        "one.png": Image.new("RGB", (1, 1), (9, 200, 9)),
    }
    for name, image in odd.items():
        image.save(tmp_path / name)
        new = made(tmp_path / name[:-4], until="draw", pictures={"legs": (str(tmp_path / name),)}, **given(first))
        assert picture(new.drawing).shape == picture(first.drawing).shape
    sample = str(ASSETS / "samples" / "mona_lisa.jpg")
    new = made(tmp_path / "ground", until="draw", pictures={"background": (sample,)}, **given(first))
    assert (picture(new.drawing)[:20] != picture(first.drawing)[:20]).any()
