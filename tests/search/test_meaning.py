"""A library that is compared by a CLIP card: a tiny one in the layout of a published one, installed as its owner would."""

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from studio.errors import Unavailable
from tests.describe.tiny_clip import make, plain
from tests.search.test_keeping import add

CARD = "clip-vit-b-32"


def coloured(colour):
    """A plain picture with some grain, as a blank one isn't looked at."""
    grain = np.random.default_rng(1).integers(-40, 41, (90, 160, 1))
    return np.clip(plain(colour, 90, 160).astype(int) + grain, 0, 255).astype(np.uint8)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    for colour in ("red", "blue"):
        with av.open(str(tmp_path / "in" / f"{colour[0]}.mp4"), "w") as file:
            stream = file.add_stream("libx264", rate=Fraction(10), options={"crf": "10"})
            stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
            for _ in range(20):
                file.mux(stream.encode(av.VideoFrame.from_ndarray(coloured(colour), format="rgb24")))
            file.mux(stream.encode())
    return tmp_path / "in"


@pytest.fixture
def clip(studio, tmp_path):
    tiny = make(tmp_path / "tiny")
    for file in studio.cards.get(CARD).files:
        studio.cards.import_file(CARD, tiny / file.name)


def test_words_and_pictures_find_by_meaning(studio, folder, clip, tmp_path):
    add(studio, folder, encoder=CARD)
    Image.fromarray(coloured("red")).save(tmp_path / "red.png")
    picture = studio.library.add(tmp_path / "red.png", "anna", name="q.png").id

    def first(**asked):
        answers = studio.answer("search_find", {"library": "films", "least": 0, **asked}, "anna")
        assert answers.by == CARD
        return answers.records[0].name

    assert [first(words="red"), first(words="blue"), first(source=picture)] == ["r.mp4", "b.mp4", "r.mp4"]
    assert first(source=picture, words="blue", without="red") == "b.mp4"
    assert first(words="red, blue", without="red") == "b.mp4"


def test_words_that_are_said_come_beside_what_is_seen(studio, folder, clip):
    (folder / "b.srt").write_text("1\n00:00:00,100 --> 00:00:00,900\nA red carpet\n")
    add(studio, folder, encoder=CARD)
    found = studio.answer("search_find", {"library": "films", "words": "red"}, "anna").records
    assert {(one.name, one.how) for one in found} == {("r.mp4", "certain"), ("b.mp4", "words")}
    assert [
        one.name
        for one in studio.answer(
            "search_find", {"library": "films", "words": "red", "without": "carpet"}, "anna"
        ).records
    ] == ["r.mp4"]


def test_a_card_that_is_not_installed_is_told(studio, folder):
    with pytest.raises(Unavailable):
        add(studio, folder, encoder=CARD)
