"""The second kind of captioner, which has to be asked, on a tiny real checkpoint in the layout of a converted one."""

from pathlib import Path

import pytest
from PIL import Image

from engines.describe import captioner
from engines.vision.captions import Captioner
from studio.cards import Cards
from studio.engine import Means, choose
from studio.run import Run
from studio.settings import Settings
from studio.tasks.describe import DescribeRequest
from tests.describe.drawn import MEMORY
from tests.describe.tiny_blip import COLOURS, plain
from tests.describe.tiny_florence import SAYS, make

CARD = "florence-2-base"
ASK = "<MORE_DETAILED_CAPTION>"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("models") / "tiny")


def test_it_is_asked_and_sees_colours_as_they_are(tiny):
    says = Captioner(tiny, words=40, ask=ASK)
    assert [says(plain(colour)) for colour in COLOURS] == [SAYS[colour] for colour in COLOURS]


def test_a_paragraph_becomes_lines_and_tags(tiny, tmp_path):
    cards = Cards(Settings(data_dir=tmp_path / "data"))
    for file in cards.get(CARD).files:
        cards.import_file(CARD, tiny / file.name)
    run = Run.local(tmp_path / "work", tmp_path / "out", cards=cards, memory=MEMORY)
    MEMORY.unload(CARD)
    Image.fromarray(plain("red")).save(tmp_path / "red.png")
    (found,) = captioner.run(DescribeRequest(pictures=(str(tmp_path / "red.png"),)), run).pictures
    assert found.caption.startswith("a red cloak, it is plain, ") and "filled with red" in found.caption
    assert (found.sheet.lines[0].section, found.sheet.lines[0].said) == ("outfit", "a red cloak")
    assert any("cloak" in tag for tag in found.tags) and found.facts["palette"] == "red 100%"
    assert set(run.host.cards) == {CARD}


def test_a_model_that_is_named_is_asked():
    """Also where something better is set."""
    request = DescribeRequest(pictures=("a",), model=CARD)
    means = Means(installed=lambda card: card == CARD, services={"llm"})
    assert choose("describe", request, means).engine.name == "captioner"
    assert choose("describe", request.model_copy(update={"engine": "classical"}), means).engine.name == "classical"
