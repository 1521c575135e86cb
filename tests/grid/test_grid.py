"""The grid on true tasks: each picture by its values, seeds in a row, going on after a stop, what can't be, and settings given back."""

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from engines.grid.sheet import run as grid
from studio.errors import BadInput, Cancelled
from studio.memory import Residency
from studio.run import Run
from studio.tasks.grid import GridRequest, values_of

MEMORY = Residency(lambda device: 1 << 32)
BASE = '{"idea": "a woman in a red coat", "height": 256, "until": "masks"}'


def run_in(folder, **more) -> Run:
    return Run.local(folder / "work", folder / "out", seed=7, memory=MEMORY, **more)


def pixels(path) -> np.ndarray:
    return np.array(Image.open(path).convert("RGB")).astype(int)


def test_two_settings_make_a_labelled_sheet_that_goes_on_after_a_stop(tmp_path):
    asked = GridRequest(
        base=BASE, x="backdrop", x_values="true, false", y="seed", y_values="1, 2", side=96, language="ru"
    )
    stopped = run_in(tmp_path)
    stopped.host.cancelled = (tmp_path / "work" / "picture-002.png").exists
    with pytest.raises(Cancelled):
        grid(asked, stopped)
    kept = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "work").glob("picture-*.png")}
    assert sorted(kept) == ["picture-000.png", "picture-001.png", "picture-002.png"]
    made = grid(asked, run_in(tmp_path))
    assert all((tmp_path / "work" / name).stat().st_mtime_ns == time for name, time in kept.items())
    assert [(cell.x, cell.y, cell.seed) for cell in made.cells] == [
        ("true", "1", 1), ("false", "1", 1), ("true", "2", 2), ("false", "2", 2)
    ]  # fmt: skip
    first, drawn, other = (pixels(made.cells[at].picture) for at in (0, 1, 2))
    assert first.shape == (256, 171, 3) and (first != drawn).any() and (first != other).any()
    sheet = pixels(made.output)
    assert sheet.shape[0] > 2 * 96 and (sheet[:90].min(axis=(0, 2)) < 120).any(), "no titles"


def test_a_number_of_seeds_is_a_contact_sheet(tmp_path):
    run = run_in(tmp_path)
    made = grid(GridRequest(base=BASE, count=2, side=96), run)
    assert [cell.seed for cell in made.cells] == [7, 8]
    assert len({pixels(cell.picture).tobytes() for cell in made.cells}) == 2
    assert pixels(made.output).shape[1] > 2 * 64


def test_a_single_picture_tells_the_settings_that_it_was_made_with(tmp_path):
    run = run_in(tmp_path)
    told = []
    run.host.resolved = lambda request, facts: told.append(request)
    asked = GridRequest(base=BASE, x="pose", x_values="standing", side=96, count=1)
    with pytest.raises(BadInput, match="standing"):
        grid(asked, run)
    asked = GridRequest(base=BASE, x="spread", x_values="0.25", side=96)
    grid(asked, run_in(tmp_path / "b"))
    run = run_in(tmp_path / "b")
    run.host.resolved = lambda request, facts: told.append(request)
    grid(asked, run)
    task, settings = told[0].repeats()
    assert task == "character" and (settings["spread"], settings["seed"], settings["height"]) == (0.25, 7, 256)
    assert told[-1] == asked


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"x": "wings"}, "grid.no_setting"),
        ({"x": "look"}, "grid.no_values"),
        ({"x": "seed", "y": "seed"}, "grid.same_setting"),
        ({"x": "height", "x_values": "12"}, "grid.bad_value"),
        ({"x": "spread", "x_values": "much"}, "grid.bad_value"),
        ({"base": "[1]"}, "grid.bad_base"),
        ({"of": "face_swap"}, "grid.no_task"),
        ({"of": "grid"}, "grid.no_task"),
        ({"count": 40, "y": "look", "y_values": "drawn, ink, cel"}, "grid.too_many"),
    ],
)
def test_what_can_not_be_a_grid_is_refused_at_once(asked, told):
    with pytest.raises(ValidationError, match=told):
        GridRequest(**asked)


def test_values_stand_between_commas():
    assert values_of(' a, "b, c" ,,a,\nd') == ("a", "b, c", "d")
