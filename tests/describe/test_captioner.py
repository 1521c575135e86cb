"""The engine that captions with a network, on a tiny real checkpoint in the layout of a published one."""

from pathlib import Path

import pytest
from PIL import Image

from engines.describe import captioner
from engines.describe.captioner import CARDS, sentences, with_sentences
from engines.vision.captions import Captioner
from studio.cards import Cards
from studio.engine import Means, choose, discover
from studio.errors import BadInput, Unavailable
from studio.run import Run
from studio.settings import Settings
from studio.tasks.describe import Described, DescribeRequest
from tests.describe.drawn import MEMORY
from tests.describe.tiny_blip import COLOURS, make, plain


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def place(tmp_path, tiny) -> Run:
    cards = Cards(Settings(data_dir=tmp_path / "data"))
    for file in cards.get("blip-large").files:
        cards.import_file("blip-large", tiny / file.name)
    return Run.local(tmp_path / "work", tmp_path / "out", cards=cards, memory=MEMORY)


@pytest.fixture
def pictures(tmp_path) -> tuple[str, ...]:
    for colour in COLOURS:
        Image.fromarray(plain(colour)).save(tmp_path / f"{colour}.png")
    return tuple(str(tmp_path / f"{colour}.png") for colour in COLOURS)


def test_a_network_sees_colours_as_they_are(tiny):
    """Red and blue would change places if the channels did."""
    says = Captioner(tiny)
    assert [says(plain(colour)) for colour in COLOURS] == ["a red picture.", "a blue picture."]
    assert says.resident_bytes > 100_000


def test_a_sentence_stands_before_what_is_measured(place, pictures):
    found = captioner.run(DescribeRequest(pictures=pictures, trigger="anna", language="ru"), place)
    red, blue = found.pictures
    assert red.caption.startswith("anna, a red picture, ") and blue.caption.startswith("anna, a blue picture, ")
    assert "filled with red" in red.caption and red.facts["palette"] == "red 100%"
    assert (red.sheet.lines[0].slot, red.sheet.lines[0].said) == ("caption", "a red picture")
    assert set(place.host.cards) == {"blip-large"}


def test_the_engine_is_chosen_when_its_model_is_there():
    request = DescribeRequest(pictures=("a",))
    assert choose("describe", request, Means(installed=lambda card: card in CARDS)).engine.name == "captioner"
    left = choose("describe", request, Means(installed=lambda card: False))
    assert left.engine.name == "classical" and "captioner" in [name for name, _ in left.better]
    assert not [found.broken for found in discover("describe") if found.broken]


def test_what_is_no_captioner_is_refused(place, pictures, tmp_path):
    with pytest.raises(BadInput) as wrong:
        captioner.run(DescribeRequest(pictures=pictures, model="modnet"), place)
    assert wrong.value.key == "describe.no_captioner"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.json").write_text("{}")
    with pytest.raises(Unavailable) as foreign:
        Captioner(tmp_path / "other")
    assert foreign.value.key == "describe.foreign"


def test_sentences_become_parts_of_captions():
    assert sentences(" A Woman\n in  a blue dress. ") == ["a woman in a blue dress"]
    assert sentences("The image shows a knight. He has no helmet!") == ["a knight", "he has no helmet!"]
    assert sentences("...") == []
    found = with_sentences(
        ["a girl with silver hair", "she wears no helmet", "a quiet mind"], Described(name="", caption="")
    )
    assert "silver hair" in found.tags and "helmet" not in " ".join(found.tags)
    assert [line.section for line in found.sheet.lines] == ["subject", "subject", "subject"]
    worn = with_sentences(["silver hair falls down", "x" * 400], Described(name="", caption=""))
    assert [line.section for line in worn.sheet.lines] == ["hair", "subject"]
