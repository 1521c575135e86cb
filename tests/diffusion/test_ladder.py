"""When memory runs out, something is given up, and the picture is drawn all the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engines.diffusion.ladder import Rung, climb
from engines.diffusion.regions import Region
from studio.errors import OutOfMemory
from studio.memory import Residency
from tests.diffusion.conftest import Zoo
from tests.diffusion.scenes import PLENTY, Studio, difference, half, picture, sd15


@pytest.fixture(scope="module")
def memory() -> Residency:
    return Residency(lambda device: PLENTY)


@pytest.fixture
def studio(tmp_path: Path, memory: Residency) -> Studio:
    return Studio(tmp_path, memory)


def test_rungs_are_taken_in_turn_until_it_works() -> None:
    taken: list[str] = []
    tries: list[int] = []

    def work() -> str:
        tries.append(len(taken))
        if len(taken) < 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return "done"

    rungs = [Rung("a", lambda: True), Rung("absent", lambda: False), Rung("b", lambda: True), Rung("c", lambda: True)]
    assert climb(work, rungs, taken.append, knob="64×64") == "done"
    assert taken == ["a", "b"]
    assert tries == [0, 1, 2]


def test_other_errors_are_not_retried_and_the_end_is_told() -> None:
    with pytest.raises(ZeroDivisionError):
        climb(lambda: 1 / 0, [Rung("a", lambda: True)], lambda name: None, knob="")

    def full() -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    with pytest.raises(OutOfMemory) as caught:
        climb(full, [Rung("a", lambda: True)], lambda name: None, knob="64×64")
    assert "64×64" in str(caught.value)


def failing_until(network: Any, ready: Any) -> Any:
    """A network that runs out of memory as long as something isn't so."""

    def before(module: Any, values: tuple[Any, ...]) -> None:
        if not ready(*values):
            raise torch.OutOfMemoryError("CUDA out of memory (staged)")

    return network.register_forward_pre_hook(before)


def test_a_drawing_of_several_falls_back_to_one_by_one(zoo: Zoo, studio: Studio) -> None:
    models = sd15(zoo)
    wishes = {"seeds": (1, 2), "regions": [Region(picture(1), half(True))], "negative": "bad"}
    plain = studio.draw(models, **wishes)
    assert plain.saved_by == ()
    with studio.memory.use("sd15/unet", "cpu", lambda: None) as unet:
        hook = failing_until(unet, lambda sample, *more: len(sample) <= 2)
        saved = studio.draw(models, **wishes)
        hook.remove()
    assert saved.saved_by == ("collect", "evict", "tile", "single")
    assert [key for key, _ in studio.host.notes] == [f"diffusion.memory_{name}" for name in saved.saved_by]
    for one, other in zip(saved.pictures, plain.pictures, strict=True):
        assert difference(one, other) < 1
    assert "clip/vision" not in studio.resident(), "what nobody used has left"
    again = studio.draw(models, **wishes)
    assert again.saved_by == ()
    assert all(np.array_equal(*pair) for pair in zip(again.pictures, plain.pictures, strict=True))


def test_decoding_falls_back_to_tiles(zoo: Zoo, studio: Studio) -> None:
    models = sd15(zoo)
    plain = studio.draw(models)
    with studio.memory.use("sd15/vae", "cpu", lambda: None) as vae:
        hook = failing_until(vae.decoder, lambda *values: vae.use_tiling)
        saved = studio.draw(models)
        hook.remove()
        assert not vae.use_tiling, "the next drawing begins as before"
    assert saved.saved_by == ("collect", "evict", "tile")
    assert difference(saved.pictures[0], plain.pictures[0]) < 1


def test_when_nothing_helps_it_is_told(zoo: Zoo, studio: Studio) -> None:
    models = sd15(zoo)
    plain = studio.picture(models)
    with studio.memory.use("sd15/unet", "cpu", lambda: None) as unet:
        hook = failing_until(unet, lambda *values: False)
        with pytest.raises(OutOfMemory) as caught:
            studio.draw(models, seeds=(1, 2))
        hook.remove()
    assert caught.value.key == "diffusion.out_of_memory"
    assert np.array_equal(studio.picture(models), plain)
