"""What the character tab gives to the work beside its steps."""

import json

from studio.tasks._sheet import Line, Sheet
from studio.tasks.grid import GridRequest
from tabs.kit.characterbeside import besides
from tabs.kit.characterkept import Kept

LINES = (Line(section="hair", text="ponytail", locked=True), Line(section="outfit", text="red coat"))
KEPT = Kept(seed=9, sheet=Sheet(lines=LINES), worn=("hair/bob",), output="o1")
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
