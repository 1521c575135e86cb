"""The way to a size."""

import pytest

from engines.vision.enlarge.sizes import MOST_PIXELS, Plan, plan
from studio.errors import BadInput, LimitReached


@pytest.mark.parametrize(
    ("times", "side", "step", "wanted"),
    [
        (2, 0, 2, Plan(200, 120, 1, 1)),
        (4, 0, 2, Plan(400, 240, 2, 1)),
        (3, 0, 2, Plan(300, 180, 2, 1)),
        (8, 0, 2, Plan(800, 480, 3, 1)),
        (2, 0, 4, Plan(200, 120, 1, 2)),
        (4, 0, 4, Plan(400, 240, 1, 1)),
        (8, 0, 4, Plan(800, 480, 2, 2)),
        (2, 130, 4, Plan(130, 78, 1, 2)),
        (2, 101, 2, Plan(101, 61, 1, 1)),
        (2, 0, 3, Plan(200, 120, 1, 1)),
    ],
)
def test_ways(times: int, side: int, step: int, wanted: Plan) -> None:
    assert plan(100, 60, "a.png", times=times, side=side, step=step) == wanted


def test_no_way_falls_short() -> None:
    for step in (2, 3, 4, 8):
        for side in range(101, 801, 7):
            way = plan(100, 60, "a.png", times=2, side=side, step=step)
            assert max(way.width, way.height) == side
            assert 100 * step**way.passes // way.shrink >= side
            assert step % way.shrink == 0


@pytest.mark.parametrize(
    ("side", "key"), [(100, "upscale.not_larger"), (60, "upscale.not_larger"), (801, "upscale.too_far")]
)
def test_sides_that_cannot_be(side: int, key: str) -> None:
    with pytest.raises(BadInput) as refused:
        plan(100, 60, "a.png", times=2, side=side, step=2)
    assert refused.value.key == key and "a.png" in str(refused.value)


def test_too_large_a_result_says_what_would_do() -> None:
    with pytest.raises(LimitReached) as refused:
        plan(8000, 6000, "scan.tif", times=2, side=0, step=2)
    assert refused.value.key == "upscale.too_large"
    side = refused.value.params["side"]
    assert plan(8000, 6000, "scan.tif", times=2, side=side, step=2).width == side
    assert side * side * 6 / 8 <= MOST_PIXELS


def test_one_pixel_grows() -> None:
    assert plan(1, 1, "dot.png", times=8, side=0, step=2) == Plan(8, 8, 3, 1)
