"""Data that can't be used is refused with a sentence that names the file and the remedy."""

import shutil
from pathlib import Path

import pytest

from engines.figure.character import chance
from engines.figure.drawing import draw
from engines.figure.library import library
from engines.figure.reading import ASSETS
from studio.errors import BadInput

CLOTHES = frozenset(
    path.name
    for path in (ASSETS / "parts").iterdir()
    if path.name not in ("body", "ears", "eyes", "hands", "head", "mouth", "nose", "brows")
)
HAT = "parts/headgear/bad.toml"
GOOD = """label = { en = "hat", zh-CN = "帽", ru = "шляпа" }
region = "hair"
[[draw]]
layer = "hat"
follows = "head"
fill = "main"
shape = "420,160! 500,60 580,160!"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The library with its face, hands and body parts alone: enough to draw somebody, and quickly read."""
    target = tmp_path / "figure"
    shutil.copytree(ASSETS, target, ignore=lambda place, names: names if Path(place).name in CLOTHES else [])
    (target / HAT).parent.mkdir(parents=True, exist_ok=True)
    return target


def _refused(folder: Path, path: str, text: str) -> str:
    (folder / path).write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        for part in library(folder).parts.values():
            assert part.shapes
    for language in ("en", "zh-CN", "ru"):
        assert Path(path).name in caught.value.text(language)
    return str(caught.value)


def test_a_new_part_is_read(folder: Path) -> None:
    (folder / HAT).write_text(GOOD, encoding="utf-8")
    data = library(folder)
    assert draw(chance(data, 1, wear=["headgear/bad"]), 120, data=data).rgba.any()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[draw]]", "[[draw", "can’t be read"),
        ('layer = "hat"\n', "", "lacks layer"),
        ('layer = "hat"', 'layer = "hut"', "“hut”, which there isn’t"),
        ('follows = "head"', 'follows = "haed"', "follows is “haed”"),
        ('fill = "main"', 'fill = "mian"', "“mian” is no colour role"),
        ('fill = "main"', 'fill = "#12"', "no colour role"),
        ("500,60", "500;60", "“500;60” in draw 1 is no point"),
        ("420,160! 500,60 580,160!", "420,160! 500,60", "too few points"),
        ('fill = "main"', 'fill = "main"\nfil = "x"', "nobody reads fil"),
        ('fill = "main"', 'fill = "main"\nclip = "brim"', "clip is “brim”"),
        ('fill = "main"', 'fill = "main"\npattern = "paisley"', "pattern is “paisley”"),
        ('region = "hair"', 'region = "hare"', "region is “hare”"),
        ('zh-CN = "帽", ', "", "lacks zh-CN"),
        ('region = "hair"', 'region = "hair"\npress = "a,b"', "write numbers there"),
    ],
)
def test_a_bad_part(folder: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    assert said in _refused(folder, HAT, GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("mannequins/slim.toml", "chin = 318", "chin = 90", "crown must lie above chin"),
        ("mannequins/slim.toml", "waist = 56", "waist = 0", "waist must be larger than 0"),
        ("mannequins/slim.toml", "waist = 56\n", "", "lacks waist"),
        ("poses/relaxed.toml", 'shape = "relaxed"', 'shape = "claw"', "shape is “claw”"),
        ("expressions/calm.toml", 'mouth = "calm"', 'mouth = "beak"', "mouth is “beak”"),
        ("palettes.toml", 'main = "#2f4b9b"', 'main = "blue"', "write it as #rrggbb"),
    ],
)
def test_bad_data(folder: Path, path: str, old: str, new: str, said: str) -> None:
    text = (folder / path).read_text(encoding="utf-8")
    assert old in text
    assert said in _refused(folder, path, text.replace(old, new, 1))


def test_a_character_of_unknown_things() -> None:
    data = library()
    for field in ("body", "pose", "expression", "palette", "skin", "hair", "iris"):
        with pytest.raises(BadInput, match=f"{field} is “nothing”"):
            draw(chance(data, 1, {field: "nothing"}), 60)
    with pytest.raises(BadInput, match="no part named top/nothing"):
        chance(data, 1, wear=["top/nothing"])
