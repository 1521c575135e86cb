"""Who is drawn for the lines of a sheet: bodies by age, skins by race, hands that show what they hold, palettes by style."""

import numpy as np
import pytest

from engines.character._cast import Cast
from engines.figure.character import Character
from engines.figure.library import library
from engines.figure.placing import scene
from engines.words.parse import lexicon
from engines.words.tags import library as tags
from studio.tasks._sheet import Line, Sheet
from studio.tasks.character import CharacterRequest

SEEDS = range(8)
NATURAL = {"porcelain", "fair", "rosy", "warm", "honey", "olive", "tan", "bronze", "brown", "umber", "ebony"}


def cast(seed: int, **said: str) -> Character:
    """A character for lines given as category = tag."""
    lines = tuple(Line(section="subject", slot=slot, text=text) for slot, text in said.items())
    rng = np.random.default_rng(seed)
    return Cast(library(), lexicon(tags()), Sheet(lines=lines), CharacterRequest(), rng).character()


@pytest.mark.parametrize(
    ("age", "bodies"),
    [
        ("small child", {"child"}),
        ("young teenager", {"young"}),
        ("very old and stooped", {"old"}),
        ("in the thirties", {"slim", "tall", "broad", "heavy"}),
    ],
)
def test_bodies_have_the_age_that_is_told(age: str, bodies: set[str]) -> None:
    assert {cast(seed, age=age, build="muscular build").body for seed in SEEDS} <= bodies


def test_skins_are_those_of_the_race() -> None:
    assert {cast(seed, race="human").skin for seed in SEEDS} <= NATURAL
    assert {cast(seed, race="orc").skin for seed in SEEDS} <= {"orc", "verdant", "stone"}
    assert {cast(seed, race="orc", skin="ebony skin").skin for seed in SEEDS} == {"ebony"}


def test_ears_are_those_of_the_race() -> None:
    assert all("ears/cat" in cast(seed, race="catfolk").parts for seed in SEEDS)


@pytest.mark.parametrize("pose", ["standing at ease", "arms crossed", "hands clasped behind the back"])
def test_what_is_held_stands_beside_the_body(pose: str) -> None:
    data = library()
    for seed in SEEDS[:4]:
        figure = cast(seed, prop="porcelain teacup", pose=pose)
        placed = scene(figure, data)
        cup = np.concatenate([one.xy for one in placed.shapes if one.part == "prop/teacup"])
        chest = placed.at("torso", np.array([[500.0, 500.0]]))[0]
        assert abs(cup[:, 0].mean() - chest[0]) > 100, figure.pose
