"""A picture takes on colours and strokes of another one and keeps its lines; faces come back where that is asked."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from engines.stylize import strokes
from engines.vision.patch.colours import moved, to_lab, to_rgb
from studio.engine import Means
from studio.errors import NotAllowed
from studio.memory import Residency
from studio.paths import ASSETS
from studio.run import Run
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks.stylize import StylizeRequest

SIDE = 96


def calm() -> np.ndarray:
    """A grey disc on a lighter grey ground, uint8 RGB: no texture at all, one line."""
    picture = np.full((SIDE, SIDE, 3), 190, np.uint8)
    return np.asarray(cv2.circle(picture, (48, 48), 26, (90, 90, 90), -1, cv2.LINE_AA))


def hatched() -> np.ndarray:
    """Slanting strokes of rust and cream, denser below, uint8 RGB."""
    y, x = np.mgrid[:SIDE, :SIDE]
    share = (np.sin((x + y) * 0.9) > 0.8 - 1.4 * y / SIDE)[..., None]
    return np.where(share, (150, 60, 30), (240, 220, 180)).astype(np.uint8)


def sample(name: str, side: int) -> np.ndarray:
    picture = Image.open(ASSETS / "samples" / f"{name}.jpg").convert("RGB")
    picture.thumbnail((side, side))
    return np.asarray(picture)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    means = Means(installed=lambda card: False)
    return Run.local(tmp_path / "work", tmp_path / "out", seed=4, memory=Residency(lambda device: 1 << 30), means=means)


def saved(run: Run, name: str, picture: np.ndarray) -> str:
    path = run.workdir / f"{name}.png"
    Image.fromarray(picture).save(path)
    return str(path)


def styled(run: Run, picture: np.ndarray, style: np.ndarray, **more: Any) -> np.ndarray:
    request = StylizeRequest(picture=saved(run, "a", picture), style=saved(run, "b", style), **more)
    found = strokes.run(request, run)
    made = np.asarray(Image.open(found.output))
    assert (found.height, found.width) == made.shape[:2] == picture.shape[:2]
    return made


def texture(picture: np.ndarray) -> float:
    """How busy it is beside the disc's line."""
    light = picture[..., :3].astype(np.float32).mean(2)
    fine = np.abs(light - cv2.GaussianBlur(light, (0, 0), 3))
    return float(fine[:10].mean())


def test_strokes_and_colours_come_and_lines_stay(run: Run) -> None:
    made = styled(run, calm(), hatched(), strength=1.0)
    assert texture(calm()) < 0.1 < 2 < texture(made)
    red, _, blue = made.reshape(-1, 3).mean(0)
    assert red > blue + 20, "grey has become rust and cream"
    light = made.mean(2)
    assert light[40:56, 40:56].mean() < light[:16].mean() - 25, "the disc is still darker than its ground"
    assert not run.host.notes


def test_strength_goes_from_nothing_on_and_the_seed_decides(run: Run) -> None:
    assert np.array_equal(styled(run, calm(), hatched(), strength=0), calm())
    gone = [np.abs(styled(run, calm(), hatched(), strength=k).astype(int) - calm()).mean() for k in (0.2, 0.9)]
    assert 1 < gone[0] < gone[1]
    grey = styled(run, calm(), hatched(), strength=0.9, colours=0)
    assert np.ptp(grey.astype(int), axis=2).mean() < 6
    assert np.array_equal(styled(run, calm(), hatched(), strength=0.9, colours=0), grey)


def test_transparency_and_words(run: Run) -> None:
    picture = np.dstack([calm(), np.where(calm()[..., 0] < 150, 255, 0).astype(np.uint8)])
    made = styled(run, picture, hatched(), prompt="a moon")
    assert np.array_equal(made[..., 3], picture[..., 3])
    assert [key for key, _ in run.host.notes] == ["stylize.words_unread"]


def test_colours_move_to_the_others_and_no_grain_is_made() -> None:
    rng = np.random.default_rng(0)
    first = np.clip(rng.normal(0.5, 0.02, (64, 64, 3)) + np.linspace(0, 0.3, 64)[:, None], 0, 1).astype(np.float32)
    other = (rng.random((64, 64, 3)) * (0.9, 0.5, 0.2)).astype(np.float32)
    found = to_rgb(moved(to_lab(first), to_lab(other), 1))
    before, after = (np.abs(some.mean((0, 1)) - other.mean((0, 1))).max() for some in (first, found))
    assert after < before / 2
    grain = [np.abs(some - cv2.GaussianBlur(some, (0, 0), 3)).mean() for some in (first, found)]
    assert grain[1] < 3 * grain[0]


def test_faces_come_back(run: Run) -> None:
    person = np.ascontiguousarray(sample("astronaut", 512)[:240, 100:340])[::2, ::2]
    painting = sample("mona_lisa", 120)
    given = {"picture": saved(run, "a", person), "style": saved(run, "b", painting), "strength": 0.6}
    kept = strokes.run(StylizeRequest(**given, keep_faces=True), run)
    assert kept.faces == 1 and run.host.done[0] == run.host.done[1]
    before = Path(kept.output).with_name("without faces.png")
    styles = [np.asarray(Image.open(made)).astype(int) for made in (before, kept.output)]
    changed = np.abs(styles[0] - styles[1]).max(2) > 4
    rows, columns = np.nonzero(changed)
    assert changed.any() and np.ptp(rows) < 100 > np.ptp(columns), "only the face changes"
    strokes.run(
        StylizeRequest(
            picture=saved(run, "c", np.full_like(calm(), 90)), style=saved(run, "b", hatched()), keep_faces=True
        ),
        run,
    )
    assert [key for key, _ in run.host.notes] == ["stylize.no_faces"]


def test_only_faces_need_a_word_about_rights(tmp_path: Path) -> None:
    studio = Studio(Settings(data_dir=tmp_path))
    try:
        given = {}
        for name, picture in (("picture", calm()), ("style", hatched())):
            Image.fromarray(picture).save(tmp_path / f"{name}.png")
            given[name] = studio.library.add(tmp_path / f"{name}.png", "ann").id
        with pytest.raises(NotAllowed):
            studio.submit("stylize", {**given, "keep_faces": True}, "ann")
        assert studio.submit("stylize", given, "ann").state == "queued"
        studio.rights.confirm("ann", "stylize")
        assert studio.submit("stylize", {**given, "keep_faces": True}, "ann").state == "queued"
    finally:
        studio.close()
