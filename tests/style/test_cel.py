import numpy as np
import pytest

from engines.style import cel
from engines.style.cel import flatten
from engines.style.palette import Palette
from tests.style.drawn import planes, scene
from tests.style.kit import draw


def fitted(colours: int) -> Palette:
    palette = Palette(colours)
    palette.fit([cel.prepare(planes(scene()))])
    return palette


@pytest.mark.parametrize("colours", [4, 12, 24])
def test_palette_has_the_colours_asked_for(colours: int) -> None:
    assert fitted(colours).centres.shape == (colours, 3)


def test_a_picture_of_two_colours_gets_two() -> None:
    rgb = np.zeros((64, 64, 3), np.uint8)
    rgb[:, 32:] = (200, 40, 40)
    palette = Palette(12)
    palette.fit([cel.prepare(planes(rgb))])
    flat, _, _ = draw_flat(rgb, palette)
    assert len(np.unique(flat[:, :28])) == 1
    assert len(np.unique(flat[:, 36:])) == 1


def draw_flat(rgb, palette):  # type: ignore[no-untyped-def]
    prepared = cel.prepare(planes(rgb))
    return flatten(prepared.y, prepared.luma, prepared.u, prepared.v, palette.centres)


def test_most_of_a_picture_is_exactly_palette_colours() -> None:
    result = draw("cel", planes(scene()), lines=0.0, colours=8, smooth=1.0)
    values, counts = np.unique(result.y, return_counts=True)
    assert np.sort(counts)[-8:].sum() / counts.sum() > 0.8
    assert len(values) > 8


def test_small_vivid_things_get_a_colour() -> None:
    red = fitted(12).centres
    assert (red[:, 2] > 0.2).any()


def test_fit_is_deterministic_and_state_round_trips() -> None:
    palette, again = fitted(12), fitted(12)
    assert np.array_equal(palette.centres, again.centres)
    other = Palette(4)
    other.restore(palette.state())
    assert other.colours == 12
    dim = cel.prepare(planes(scene(light=0.8)))
    palette.update(dim)
    other.update(dim)
    assert np.array_equal(palette.centres, other.centres)


def test_state_is_not_tied_to_the_palette() -> None:
    palette = fitted(8)
    kept = palette.state()
    palette.update(cel.prepare(planes(scene(light=0.5))), rate=0.5)
    assert not np.array_equal(kept["centres"], palette.centres)


def test_update_moves_slowly_towards_the_new_light() -> None:
    palette = fitted(12)
    first = palette.centres[:, 0].mean()
    dim = cel.prepare(planes(scene(light=0.8)))
    palette.update(dim)
    second = palette.centres[:, 0].mean()
    for _ in range(80):
        palette.update(dim)
    assert second < first
    assert first - second < 0.2 * (first - palette.centres[:, 0].mean())


def test_flatness_melts_detail() -> None:
    def edges(smooth: float) -> float:
        y = draw("cel", planes(scene()), lines=0.0, smooth=smooth).y.astype(float)
        return float(np.abs(np.diff(y[250:, :150], axis=1)).mean())

    assert edges(1.0) < 0.8 * edges(0.0)
