"""Tags ranked against places in a space: who is said, who isn't, and what is kept in files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engines.words.rank import Keep, Ranker, question, questions
from engines.words.tags import HEAD, TagLibrary, library, own_category, read_library
from studio.errors import Cancelled

WORDS = ("crown", "hood", "bald", "braids", "smile", "frown")


class Space:
    """Each known word is an axis of its own; a phrase without any lies on the last one."""

    scale = 20.0

    def __init__(self) -> None:
        self.asked: list[str] = []

    def phrases(self, phrases: Sequence[str]) -> np.ndarray:
        self.asked += phrases
        return np.stack([place(*(word for word in WORDS if word in phrase)) for phrase in phrases])


def place(*words: str, **more: float) -> np.ndarray:
    found = np.zeros(len(WORDS) + 1, np.float32)
    for word, much in {**dict.fromkeys(words, 1.0), **more}.items():
        found[WORDS.index(word)] = much
    if not found.any():
        found[-1] = 1
    return found / np.linalg.norm(found)


@pytest.fixture
def shelf(tmp_path) -> Path:
    folder = tmp_path / "tags"
    folder.mkdir()
    (folder / "categories.toml").write_text(
        "".join(
            f'[[category]]\nname = "{name}"\nsection = "{section}"\nchance = 0.5\n'
            f'title = {{ en = "{name}", zh-CN = "{name}", ru = "{name}" }}\n'
            for name, section in (
                ("headgear", "outfit"),
                ("hair_style", "hair"),
                ("expression", "face"),
                ("quality", "quality"),
            )
        )
    )
    (folder / "styles.toml").write_text("")
    table(folder, "headgear", "golden crown", "deep hood")
    table(folder, "hair_style", "bald head", "long braids", excludes="golden crown")
    table(folder, "expression", "smile", "frown")
    table(folder, "quality", "crown of quality")
    return folder


def table(folder: Path, name: str, *tags: str, excludes: str = "") -> None:
    rows = [",".join((tag, f"zh {tag}", f"ru {tag}", "", "", "", "1", excludes, "", "")) for tag in tags]
    (folder / f"{name}.csv").write_text("\n".join([",".join(HEAD), *rows]) + "\n")


def ranker(shelf: Path, keep: Keep | None = None, space: Space | None = None) -> tuple[Ranker, Space, TagLibrary]:
    tags, space = read_library([shelf]), space or Space()
    return Ranker(space, tags, keep=keep or Keep(None, ""), tick=lambda done, total: None), space, tags


def names(found) -> list[str]:
    return [one.tag.english for one in found]


def test_the_nearest_tag_of_each_category_is_said(shelf):
    rank, _, _ = ranker(shelf)
    assert names(rank(place("hood", "frown"))) == ["deep hood", "frown"]
    chances = rank.chances("headgear", place("hood"))
    assert chances.argmax() == 1 and 0.9 < chances.sum() <= 1


def test_nothing_is_said_where_nothing_fits(shelf):
    """A picture of nothing known, and one that is as near to two as to neither."""
    rank, _, _ = ranker(shelf)
    assert rank(place()) == []
    assert rank.chances("headgear", place()).max() < 0.01
    assert names(rank(place("hood", "crown"))) == [] or questions().sure < 0.5


def test_of_tags_that_exclude_each_other_the_surer_is_said(shelf):
    rank, _, _ = ranker(shelf)
    assert names(rank(place("braids"))) == ["long braids"]
    assert names(rank(place(crown=1.0, braids=0.8))) == ["golden crown"]
    assert names(rank(place(crown=0.8, braids=1.0))) == ["long braids"]


def test_the_head_is_looked_at_where_that_is_asked(shelf):
    rank, _, _ = ranker(shelf)
    found = rank(place("hood", "smile"), place("frown"))
    assert names(found) == ["deep hood", "frown"]
    assert names(rank(place("hood"), place("frown"), frozenset({"headgear"}))) == ["frown"]


def test_what_words_mean_is_worked_out_once(shelf, tmp_path):
    keep = Keep(tmp_path / "cache", "network 1")
    first, space, _ = ranker(shelf, keep)
    assert "a person wearing golden crown" in space.asked and not any("quality" in phrase for phrase in space.asked)
    again, idle, _ = ranker(shelf, keep)
    assert idle.asked == [] and len(list((tmp_path / "cache").iterdir())) == 3
    assert names(again(place("hood"))) == names(first(place("hood"))) == ["deep hood"]
    table(shelf, "headgear", "golden crown", "deep hood", "smiling crown")
    _, busy, _ = ranker(shelf, keep)
    assert busy.asked and all("braids" not in phrase for phrase in busy.asked), "only what has changed"
    _, other, _ = ranker(shelf, Keep(tmp_path / "cache", "network 2"))
    assert len(other.asked) > len(busy.asked)


def test_a_broken_file_is_worked_out_anew(shelf, tmp_path):
    keep = Keep(tmp_path / "cache", "network")
    first, _, _ = ranker(shelf, keep)
    for number, file in enumerate(sorted((tmp_path / "cache").iterdir())):
        file.write_bytes(file.read_bytes()[: (0, 40, 150)[number]])
    again, space, _ = ranker(shelf, keep)
    assert space.asked and names(again(place("braids"))) == names(first(place("braids")))


def test_it_can_be_stopped_while_words_are_read(shelf, tmp_path):
    steps: list[tuple[int, int]] = []

    def tick(done: int, total: int) -> None:
        steps.append((done, total))
        if done > 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        Ranker(Space(), read_library([shelf]), keep=Keep(tmp_path / "cache", ""), tick=tick)
    assert steps[0][0] == 0 and 5 < steps[-1][0] < steps[-1][1]


def test_every_category_has_a_question():
    for category in library().categories:
        asked = question(category)
        assert asked.nothing and all("{tag}" in phrase for phrase in asked.say), category.name
        assert not any("{" in phrase for phrase in asked.nothing)
    assert question(own_category("list 1")) == questions().other
    known = {category.name for category in library().categories} | {
        category.section for category in library().categories
    }
    assert set(questions().categories) | set(questions().sections) | questions().skip <= known
