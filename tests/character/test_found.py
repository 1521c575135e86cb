"""Artists' own parts, found by their labels and laid into the figure; and what a tiny CLIP finds by looking."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from engines.character._answers import Answers
from engines.character._found import named, searched, unanswered
from engines.character._masks import read_map
from engines.character.drawn import run as drawn
from engines.figure.layers import REGIONS
from engines.figure.library import library as figures
from engines.words.parse import lexicon
from engines.words.tags import library as tags
from studio.cards import Cards
from studio.memory import Residency
from studio.run import Run
from studio.settings import Settings
from studio.tasks._own import OwnPart
from studio.tasks._sheet import Line, Sheet
from studio.tasks.character import CharacterRequest, CharacterResult
from tests.describe.tiny_clip import make, plain

MEMORY = Residency(lambda device: 1 << 32)
HEIGHT, WIDTH = 256, 171
LINES = (
    Line(section="subject", text="1girl", english="1girl", slot="count"),
    Line(section="outfit", text="plush duck", english="plush duck"),
    Line(section="outfit", text="long dress", english="long dress", slot="full_outfit"),
)


def own(file: Path, region: str, *labels: str) -> OwnPart:
    return OwnPart(id=str(file), region=region, labels=labels, title="mine", licence="", sha256=file.name, created=0.0)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def wand(tmp_path_factory) -> Path:
    """A green wand with a magenta star's place, on clear ground."""
    file = tmp_path_factory.mktemp("parts") / "wand.png"
    picture = Image.new("RGBA", (40, 160))
    ImageDraw.Draw(picture).rectangle((16, 30, 24, 158), fill=(20, 170, 40, 255))
    ImageDraw.Draw(picture).ellipse((4, 0, 36, 34), fill=(230, 0, 230, 255))
    picture.save(file)
    return file


def made(folder: Path, mine, lines=LINES, cards=None, **asked) -> CharacterResult:
    run = Run.local(folder / "work", folder / "out", seed=5, memory=MEMORY, cards=cards, cache=folder / "cache")
    run.host.parts = mine
    settings = {"height": HEIGHT, "scale": 1, "until": "draw", "sheet": Sheet(lines=lines).model_dump_json(), **asked}
    return drawn(CharacterRequest(**settings), run)


def test_an_own_part_is_held_by_its_label_with_its_own_outline(tmp_path, wand):
    result = made(tmp_path, [own(wand, "held", "plush duck")])
    chosen = next(one for one in result.found if one.picture)
    assert (chosen.region, chosen.title, chosen.line, chosen.how) == ("held", "mine", "plush duck", "tag")
    assert chosen.picture == str(wand)
    labels = read_map(np.array(Image.open(result.masks).convert("RGB")), HEIGHT, WIDTH)
    held = labels == REGIONS.index("held")
    drawing = np.array(Image.open(result.drawing).convert("RGB")).astype(int)
    star = np.abs(drawing - (230, 0, 230)).sum(-1) < 60
    assert 0.001 < held.mean() < 0.1 and star.sum() > 20 and held[star].mean() > 0.9
    hands = np.argwhere(labels == REGIONS.index("hands"))
    green = np.argwhere((np.abs(drawing - (20, 170, 40)).sum(-1) < 60) & held)
    assert np.abs(hands[:, None] - green[None]).sum(-1).min() < 6, "it is in a hand"
    sword = made(tmp_path / "c", [own(wand, "held", "plush duck")], parts=("weapon/longsword",), until="library")
    assert "weapon/longsword" in sword.character.parts and not [one for one in sword.found if one.picture]
    without = made(tmp_path / "b", [own(wand, "held", "plush duck")], owned=False)
    assert not [one for one in without.found if one.picture]
    assert without.character.parts == result.character.parts


def test_labels_are_found_by_their_other_names_and_nearness(wand):
    answers, library = Answers(lexicon(tags())), figures()
    hair = Line(section="hair", text="ponytail", english="ponytail", slot="hair_style")
    other = next(tag for tag in tags().tags if tag.category == "hair_style" and tag.aliases["en"])
    alias = own(wand, "hair", other.aliases["en"][0])
    said = Line(section="hair", text=other.english, english=other.english, slot="hair_style")
    assert [match.how for match in named([alias], [said], answers, library)] == ["tag"]
    assert named([alias], [LINES[0]], answers, library) == []
    duck = own(wand, "held", "big plush duck")
    assert [match.how for match in named([duck], LINES, answers, library)] == ["near"]
    tail = own(wand, "hair", "low ponytail")
    assert named([tail], [hair], answers, library) == [], "the library has a part with this very tag"


@pytest.fixture(scope="module")
def cards(tmp_path_factory) -> Cards:
    folder = make(tmp_path_factory.mktemp("models") / "tiny")
    cards = Cards(Settings(data_dir=tmp_path_factory.mktemp("data")))
    for file in cards.get("clip-vit-b-32-256").files:
        cards.import_file("clip-vit-b-32-256", folder / file.name)
    return cards


def test_a_network_finds_what_a_line_says_and_nothing_for_nonsense(tmp_path, cards):
    parts = []
    for colour in ("red", "blue", "grey"):
        Image.fromarray(plain(colour)).save(tmp_path / f"{colour}.png")
        parts.append(own(tmp_path / f"{colour}.png", "held", "qqq"))
    run = Run.local(tmp_path / "work", tmp_path / "out", memory=MEMORY, cards=cards, cache=tmp_path / "cache")
    lines = [Line(section="face", text=text, slot="nose") for text in ("blue", "red", "flurbish")]
    found = searched(lines[:2], parts, figures(), run)
    assert [(match.line.text, match.how, Path(match.own.id).stem) for match in found] == [
        ("blue", "seen", "blue"),
        ("red", "seen", "red"),
    ]
    assert searched(lines[2:], parts, figures(), run) == []
    assert searched(lines[:1], [], figures(), run) == [], "no nose is blue enough"
    kept = len(list((tmp_path / "cache").rglob("*.npy")))
    noses = len([one for one in figures().of_kind("nose") if one.weight > 0])
    assert kept == noses + len(parts)


def test_only_what_nothing_answers_by_name_is_looked_for():
    answers = Answers(lexicon(tags()))
    more = (
        *LINES,
        Line(section="style", text="from above", slot="angle"),
        Line(section="hair", text="ponytail", slot="hair_style"),
    )
    assert [line.text for line in unanswered(more, answers, figures(), [])] == ["plush duck"]
    assert unanswered(more, answers, figures(), [LINES[1]]) == []
