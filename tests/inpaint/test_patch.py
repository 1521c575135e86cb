"""The embedded engine as a task: masks of all kinds, margins, transparency, and what is wrong told in a sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from engines.inpaint import patch
from studio.errors import BadInput, LimitReached
from studio.run import Run
from studio.tasks.inpaint import InpaintRequest, Margins
from tests.inpaint.test_fill import hole_in, weave

SIZE = (72, 90)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.local(tmp_path / "work", tmp_path / "out", seed=4)


def saved(run: Run, name: str, picture: np.ndarray) -> str:
    path = run.workdir / f"{name}.png"
    Image.fromarray(picture).save(path)
    return str(path)


def read(path: str) -> np.ndarray:
    return np.asarray(Image.open(path))


def filled(run: Run, picture: np.ndarray, mask: np.ndarray | None = None, **more: Any) -> np.ndarray:
    given = {"mask": saved(run, "mask", mask)} if mask is not None else {}
    found = patch.run(InpaintRequest(picture=saved(run, "a", picture), **given, **more), run)
    made = read(found.output)
    assert (found.height, found.width) == made.shape[:2]
    return made


def test_masks_in_white_and_painted_say_the_same(run: Run) -> None:
    picture = weave(*SIZE)
    hole = hole_in(picture, 20, 30, 16, 16)
    white = filled(run, picture, hole * 255)
    layer = np.zeros((*SIZE, 4), np.uint8)
    layer[hole > 0] = (200, 30, 30, 255)
    assert np.array_equal(filled(run, picture, layer), white)
    assert np.array_equal(filled(run, picture, np.dstack([hole * 255] * 3)), white)
    assert np.array_equal(white[hole == 0], picture[hole == 0]) and not np.array_equal(white, picture)
    double = hole.repeat(2, 0).repeat(2, 1) * 255
    assert np.array_equal(filled(run, picture, double), white), "a mask of twice the size is brought to the picture's"
    assert not run.host.notes


def test_strength_leaves_some_of_the_old_and_words_are_noted(run: Run) -> None:
    picture = weave(*SIZE)
    hole = hole_in(picture, 20, 30, 16, 16)
    picture[hole > 0] = (250, 0, 250)
    new, half = (filled(run, picture, hole * 255, strength=strength).astype(int) for strength in (1.0, 0.5))
    assert np.abs(half - (new + picture) / 2).max() <= 1
    filled(run, picture, hole * 255, prompt="a red hat")
    assert [key for key, _ in run.host.notes] == ["inpaint.words_unread"]


def test_margins_in_pixels_and_per_cent(run: Run) -> None:
    picture = weave(*SIZE)
    grow = Margins(left=10, bottom=25, unit="percent")
    made = filled(run, picture, grow=grow)
    assert made.shape == (90, 99, 3) and np.array_equal(made[:72, 9:], picture)
    assert made[72:].std() > 20, "it isn't one colour"
    assert filled(run, picture, grow=Margins(right=7)).shape == (72, 97, 3)


def test_transparency_stays_where_nothing_is_filled(run: Run) -> None:
    picture = np.dstack([weave(*SIZE), np.full(SIZE, 255, np.uint8)])
    picture[:, :20, 3] = 0
    hole = hole_in(picture, 20, 10, 16, 20)
    made = filled(run, picture, hole * 255)
    assert np.array_equal(made[hole == 0], picture[hole == 0])
    assert (made[hole > 0][:, 3] == 255).all()


@pytest.mark.parametrize(
    ("mask", "more", "key"),
    [
        (np.zeros(SIZE, np.uint8), {}, "inpaint.mask_empty"),
        (np.zeros((*SIZE, 4), np.uint8), {}, "inpaint.mask_empty"),
        (np.full((90, 90), 255, np.uint8), {}, "inpaint.mask_shape"),
        (np.full(SIZE, 255, np.uint8), {}, "inpaint.too_little"),
        (None, {"grow": Margins(left=4096, bottom=4096, top=4096)}, "inpaint.too_large"),
    ],
)
def test_what_cannot_be_filled_gets_a_sentence(run: Run, mask: Any, more: dict[str, Any], key: str) -> None:
    with pytest.raises((BadInput, LimitReached)) as refused:
        filled(run, weave(*SIZE), mask, **more)
    assert refused.value.key == key
    assert len({refused.value.text(lang) for lang in ("en", "zh-CN", "ru")}) == 3
    assert "{" not in refused.value.text("en")


def test_nothing_to_fill_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"inpaint\.nothing"):
        InpaintRequest(picture="a.png")
