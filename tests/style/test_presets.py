from pathlib import Path

import numpy as np
import pytest

from studio.presets import presets
from studio.tasks import unflatten
from studio.tasks.cartoon import CartoonRequest
from tests.style.drawn import planes, scene
from tests.style.kit import STYLES, draw

NAMES = sorted(file.stem for file in Path("assets/styles/cartoon").glob("*.toml"))


def test_every_style_has_some() -> None:
    styles = [preset.values["style"] for preset in presets("cartoon").values()]
    assert all(styles.count(style) >= 3 for style in STYLES)


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_valid_named_in_all_languages_and_draws(name: str) -> None:
    preset = presets("cartoon")[name]
    assert set(preset.title) == {"en", "zh-CN", "ru"}
    request = CartoonRequest.model_validate(unflatten(CartoonRequest, {"source": "x", **preset.values}))
    controls = getattr(request, request.style).model_dump()
    assert {f"{request.style}_{key}" for key in controls} | {"style"} == set(preset.values)
    source = planes(scene(120, 160))
    assert not np.array_equal(draw(request.style, source, **controls).y, source.y)
