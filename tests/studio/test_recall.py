"""Settings that another program has written into a picture become a request of this studio."""

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.errors import BadInput
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks import tasks, unflatten


def test_another_programs_settings_become_a_request(tmp_path):
    studio = Studio(Settings(data_dir=tmp_path / "data", device="cpu"))
    told, broken = PngInfo(), PngInfo()
    line = "Steps: 28, Sampler: Euler a, CFG scale: 6, Seed: 12, Size: 832x1216, Model: gone"
    told.add_text("parameters", f"a witch, red hair\nNegative prompt: blurry\n{line}")
    broken.add_text("prompt", '{"3": {"class')
    for name, texts in (("theirs", told), ("broken", broken)):
        Image.new("RGB", (64, 64)).save(tmp_path / f"{name}.png", pnginfo=texts)
    recalled = studio.recall(studio.library.add(tmp_path / "theirs.png", "ann").id, "ann")
    assert recalled.task == "character" and "diffusion_model" not in recalled.values
    request = tasks()["character"].request
    asked = request.model_validate(unflatten(request, recalled.values))
    assert (asked.idea, asked.seed, asked.height) == ("a witch, red hair\nNegative prompt: blurry", 12, 1216)
    with pytest.raises(BadInput, match="cut off"):
        studio.recall(studio.library.add(tmp_path / "broken.png", "ann").id, "ann")
    studio.close()
