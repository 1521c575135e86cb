"""What the character tab gives to the work beside its steps, and to a model that draws."""

import json
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace

import cv2
import gradio as gr
import numpy as np
import pytest

from studio.errors import NotAllowed
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks import unflatten
from studio.tasks._sheet import Line, Sheet
from studio.tasks.character import CharacterRequest
from studio.tasks.grid import GridRequest
from tabs.kit.beside import build_beside
from tabs.kit.characterask import request_of
from tabs.kit.characterbeside import besides
from tabs.kit.characterdesk import CharacterDesk
from tabs.kit.characterkept import Kept
from tabs.kit.characterplace import PlaceDesk
from tabs.kit.leading import leading_html
from tests.tabs.visit import Visit

LINES = (Line(section="hair", text="ponytail", locked=True), Line(section="outfit", text="red coat"))
KEPT = Kept(seed=9, sheet=Sheet(lines=LINES), worn=("hair/bob",), output="o1")
SIDE = 48
FORM = {"idea": "a witch", "style": "", "build": "fitting", "height": 512}


def test_a_grid_keeps_what_it_does_not_change():
    grid = next(one for one in besides() if one.task == "grid")
    told = GridRequest(x="height", x_values="256, 512", **grid.given(KEPT, FORM, {"x": "height"}, "ru")).settings
    assert (told["seed"], told["idea"], told["parts"], told["language"]) == (9, "a witch", ["hair/bob"], "ru")
    assert len(json.loads(told["sheet"])["lines"]) == 2 and not {"style", "build"} & told.keys()
    told = GridRequest(**grid.given(KEPT, FORM, {"x": "seed"}, "en")).settings
    assert (
        "seed" not in told
        and told["redraw"]
        and [line["text"] for line in json.loads(told["sheet"])["lines"]] == ["ponytail"]
    )


def test_what_fills_and_styles_takes_the_newest_picture():
    for task in ("inpaint", "stylize", "cutout"):
        one = next(one for one in besides() if one.task == task)
        assert one.given(KEPT, FORM, {}, "en") == {"picture": "o1"} and one.given(Kept(), FORM, {}, "en") == {}


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Iterator[PlaceDesk]:
    with closing(Studio(Settings(data_dir=tmp_path_factory.mktemp("studio")))) as studio:
        studio.start()
        with gr.Blocks():
            opened = [build_beside(one) for one in besides() if one.place is not None]
        yield PlaceDesk(studio, opened)


@pytest.fixture(scope="module")
def kept(desk, tmp_path_factory) -> Kept:
    return Kept(drawing=saved(desk, tmp_path_factory.mktemp("in") / "drawing.png", scene()))


def scene() -> np.ndarray:
    """A red square on grey stripes."""
    picture = np.repeat(np.arange(SIDE) % 8 * 8 + 90, SIDE).reshape(SIDE, SIDE)
    picture = np.repeat(picture[..., None], 3, 2).astype(np.uint8)
    picture[16:32, 16:32] = (30, 20, 220)
    return picture


def saved(desk, path, pixels) -> str:
    cv2.imwrite(str(path), pixels)
    return desk.studio.library.add(path, "me").id


def made(desk, task, kept) -> np.ndarray:
    """What a tool makes of what the page gives it."""
    given = next(one for one in desk.opened if one.beside.task == task).beside.given(Kept.of(kept), FORM, {}, "en")
    jobs = [*desk.studio.watch(desk.studio.submit(task, given, "me").id, "me")]
    assert jobs[-1].state == "done", jobs[-1].error
    output = desk.studio.library.get(jobs[-1].result["output"], "me")
    return cv2.imread(str(output.path), cv2.IMREAD_UNCHANGED)


def test_what_is_painted_is_filled_and_nothing_else(desk, kept, tmp_path):
    brush = np.zeros((SIDE, SIDE, 4), np.uint8)
    brush[14:34, 14:34] = 255
    event = SimpleNamespace(picture=kept.drawing, mask=saved(desk, tmp_path / "mask.png", brush), hints=[])
    marked, *boxes = desk.mark("inpaint", event, kept.model_dump(), Visit(), False)
    assert f'data-mask="{event.mask}"' in boxes[0] and "A place is marked." in boxes[0]
    filled, place = made(desk, "inpaint", marked), brush[..., 0] > 0
    assert (filled[~place] == scene()[~place]).all() and (filled[place][:, 2] < 200).all()
    other = saved(desk, tmp_path / "other.png", 255 - scene())
    brought, *boxes = desk.bring("inpaint", SimpleNamespace(picture=other), marked, Visit(), False)
    assert "other.png" in boxes[0] and f'data-picture="{kept.drawing}"' in boxes[2]
    assert Kept.of(brought).picture_for("inpaint") == other and not Kept.of(brought).mark_for("inpaint").marked
    newest = desk.bring("inpaint", SimpleNamespace(picture=""), brought, Visit(), False)[0]
    assert Kept.of(newest).mark_for("inpaint").mask == event.mask


def test_a_box_and_points_say_what_is_cut_out(desk, kept):
    event = SimpleNamespace(picture=kept.drawing, mask="", hints=["box:12,12,24,24", "in:24,24", "out:13,13"])
    marked, *boxes = desk.mark("cutout", event, kept.model_dump(), Visit(), False)
    assert "out:13,13" in boxes[2] and 'value="box"' in boxes[2] and 'value="box"' not in boxes[0]
    alpha = made(desk, "cutout", marked)[..., 3]
    assert alpha[18:30, 18:30].min() > 250 and alpha[scene()[..., 2] < 200].mean() < 10
    assert desk.mark("cutout", SimpleNamespace(picture=1, mask=None, hints="x"), marked, Visit(), False)[0] == marked


def test_keeping_faces_asks_for_the_owners_word_once(desk, kept):
    known, me = kept.model_dump(), Visit()
    asked = {"picture": kept.drawing, "style": kept.drawing, "keep_faces": True}
    assert 'data-act="confirm"' not in desk.shown(known, me, False)[1]
    assert 'data-act="confirm"' in desk.shown(known, me, True)[1]
    with pytest.raises(NotAllowed):
        desk.studio.submit("stylize", asked, "me")
    boxes = desk.confirm("stylize", known, me, True)
    assert 'data-act="withdraw"' in boxes[1] and 'data-act="withdraw"' not in boxes[0] + boxes[2]
    desk.studio.cancel(desk.studio.submit("stylize", asked, "me").id, "me")
    assert 'data-act="confirm"' in desk.withdraw("stylize", known, me, True)[1]


def test_a_style_picture_goes_to_the_drawing_and_makes_it_old(desk, kept):
    steps, me = CharacterDesk(desk.studio, {}), Visit()
    made = kept.model_copy(update={"masks": "m", "preliminary": "p"}).based_on(FORM)
    known, page, _ = steps.style(SimpleNamespace(picture=kept.drawing), made.model_dump(), FORM, me)
    now = Kept.of(known)
    assert not made.stale("draw", FORM) and now.stale("draw", FORM) and not now.stale("masks", FORM)
    assert 'data-act="style-away"' in page and "drawing.png" in page
    asked = unflatten(CharacterRequest, request_of(now, FORM, "draw", "draw", "en", anew=False))
    assert CharacterRequest.model_validate(asked).diffusion.style_picture == kept.drawing
    given = steps.given({"sheet": Sheet(lines=LINES).model_dump_json(), "diffusion_style_picture": kept.drawing})
    assert Kept.of(steps.load({}, given, FORM, me)[1]).style_picture == kept.drawing
    without = Kept.of(steps.style(SimpleNamespace(picture=""), known, FORM, me)[0])
    assert "diffusion_style_picture" not in request_of(without, FORM, "draw", "draw", "en", anew=False)


def test_loras_stand_with_their_weights_and_others_are_offered():
    titles = {"own-lora": "Own <LoRA>", "ink": "Ink"}
    page = leading_html(None, "own-lora:0.6, gone:-1", titles, Visit())
    assert 'data-lora="own-lora" min="-4"' in page and 'value="0.6"' in page and 'value="-1"' in page
    assert "Own &lt;LoRA&gt;" in page and '<option value="ink">' in page and '<option value="own-lora">' not in page
    assert "<select" not in leading_html(None, "", {}, Visit()) and "be read" in leading_html(
        None, "a;b", titles, Visit()
    )


def test_settings_that_come_with_a_sheet_do_not_bring_back_what_was_there_before(desk, kept):
    """The page asks for its steps by the new settings while it still holds what it had; who answers last is seen."""
    steps, me, other = CharacterDesk(desk.studio, {}), Visit(), Visit(session_hash="another page")
    before = steps.restore(kept.model_dump(), FORM, me)[0]
    given = steps.given({"sheet": Sheet(lines=LINES).model_dump_json()})
    after = steps.load(before, given, FORM, me)[1]
    assert not any(isinstance(update, str | dict) and "turn" in update for update in steps.renew(before, FORM, me))
    assert steps.renew(after, FORM, me)[0] == after
    assert steps.renew(before, FORM, other)[0] == before
