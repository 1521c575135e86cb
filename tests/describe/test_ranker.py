"""Tags of the library found in pictures by a network, on a tiny real one in the layout of a published one."""

import shutil
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from engines.describe import classical, llm
from engines.vision.clip import Clip, squared
from engines.words.tags import library
from studio.cards import Cards
from studio.errors import BadInput, Unavailable
from studio.paths import ASSETS
from studio.run import Run
from studio.services import Services
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks.describe import Described, DescribeRequest
from studio.texts import languages
from tests.describe.drawn import MEMORY
from tests.describe.tiny_clip import COLOURS, SCALE, make, plain
from tests.words.llm_server import KEY, MODEL, llm_server, says

PATIENCE_S = 120.0
CARD = "clip-vit-b-32-256"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def read(tmp_path_factory) -> Path:
    """What the network has read of the library, for tests that aren't about that."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def place(tmp_path, tiny, read) -> Run:
    return placed(tmp_path, tiny, read)


def placed(folder: Path, tiny: Path, cache: Path) -> Run:
    MEMORY.unload(CARD)
    cards = Cards(Settings(data_dir=folder / "data"))
    for file in cards.get(CARD).files:
        cards.import_file(CARD, tiny / file.name)
    return Run.local(folder / "work", folder / "out", cards=cards, memory=MEMORY, cache=cache)


def described(run: Run, colour: str, **asked) -> Described:
    file = run.workdir / f"{colour}.png"
    Image.fromarray(plain(colour)).save(file)
    return classical.run(DescribeRequest(pictures=(str(file),), **asked), run).pictures[0]


def test_pictures_and_phrases_meet(tiny):
    """Red and blue would change places if the channels did."""
    clip = Clip(tiny, name="Tiny")
    phrases = clip.phrases(["red hair", "blue hair", "hair"])
    likely = np.stack([clip.picture(plain(colour)) for colour in COLOURS]) @ phrases.T
    assert likely.argmax(axis=1).tolist() == [0, 1, 2]
    assert clip.scale == pytest.approx(SCALE) and np.allclose(np.linalg.norm(phrases, axis=1), 1, atol=1e-5)
    assert clip.resident_bytes > 6_000_000


def test_phrases_mean_what_the_library_says(tiny):
    """The short way gives what open_clip's own gives, for phrases of all lengths together."""
    clip = Clip(tiny, name="Tiny")
    phrases = ["red", "a person wearing a blue cloak of heavy felt over red silk", "word " * 60]
    with torch.inference_mode():
        usual = clip._model.encode_text(clip._tokens(phrases), normalize=True).numpy()
    assert np.allclose(clip.phrases(phrases), usual, atol=1e-5)
    assert np.allclose(np.concatenate([clip.phrases([phrase]) for phrase in phrases]), usual, atol=1e-5)


def test_nothing_of_a_picture_is_cut_off():
    tall = np.zeros((90, 30, 3), np.uint8)
    tall[:10] = 240
    square = squared(tall)
    assert square.shape == (90, 90, 3) and (square[:, 30:60] == tall).all()
    assert (square[:, :30] == round(tall.mean())).all() and squared(square) is square


def test_what_is_seen_stands_in_tags_and_lines(place):
    """The network was taught colours alone, and with all the library to choose from says no other words."""
    bare = described(place, "red", ranker="off")
    red, blue, grey = (described(place, colour, language="ru") for colour in COLOURS)
    new = set(red.tags) - set(bare.tags)
    assert new and all("red" in tag for tag in new), new
    other = set(blue.tags) - set(described(place, "blue", ranker="off").tags)
    assert other and all("blue" in tag for tag in other), other
    tag = library().tags[library().number[min(new)]]
    line = next(line for line in red.sheet.lines if line.english == tag.english)
    assert (line.text, line.slot) == (tag.names["ru"], tag.category) and tag.english in red.caption
    assert tag.english in red.facts["tags"] and "filled with red" in red.caption
    assert "tags" not in grey.facts and grey.tags == described(place, "grey", ranker="off").tags


def test_the_library_is_read_once(place, tmp_path, monkeypatch):
    place.cache = tmp_path / "new"
    once = described(place, "red")
    asked = place.host.done
    monkeypatch.setattr(Clip, "phrases", lambda self, phrases: pytest.fail("asked again"))
    assert described(place, "red") == once
    assert asked[1] == 1 and list((place.cache / "tags").glob("*.npy"))


def test_another_network_is_not_taken_for_the_first(place, tmp_path, tiny):
    """Taught the other way round, and installed in its place: what is kept of the first says nothing of it."""
    red = described(place, "red")
    (tmp_path / "other").mkdir()
    other = make(tmp_path / "other" / "tiny", ("blue", "red", "grey"))
    run = placed(tmp_path / "other", other, place.cache)
    assert any("blue" in tag.split() for tag in described(run, "red").tags)
    assert not any("blue" in tag.split() for tag in red.tags)


def test_own_words_are_found(place, tmp_path):
    words = tmp_path / "own.txt"
    words.write_text("red plush mascot\nyellow plush mascot\nplush mascot\n", encoding="utf-8")
    found = described(place, "red", lists=(str(words),))
    assert "red plush mascot" in found.tags and "yellow plush mascot" not in found.tags
    assert any(line.said == "red plush mascot" and line.section == "subject" for line in found.sheet.lines)


def test_what_was_measured_is_not_asked_again(place):
    """The palette of a plain picture is known: the network's word for it doesn't stand beside, though it knows several."""
    bare, red = described(place, "red", ranker="off"), described(place, "red")
    assert {line.slot for line in bare.sheet.lines} & {"palette"}
    new = [line.slot for line in red.sheet.lines if line not in bare.sheet.lines]
    assert new and len(new) == len(set(new)) and not set(new) & {line.slot for line in bare.sheet.lines}


def test_the_head_is_looked_at_from_near(place, monkeypatch):
    """Face and hair of the astronaut, and not her suit; the rest is asked of the whole picture."""
    seen: list[np.ndarray] = []
    usual = Clip.picture
    monkeypatch.setattr(Clip, "picture", lambda self, rgb: (seen.append(rgb), usual(self, rgb))[1])
    classical.run(DescribeRequest(pictures=(str(ASSETS / "samples" / "astronaut.jpg"),)), place)
    near, whole = sorted(seen, key=lambda rgb: rgb.size)
    assert len(seen) == 2 and whole.shape[:2] == (512, 512)
    assert 0.05 < near.size / whole.size < 0.4
    place_of = cv2.minMaxLoc(cv2.matchTemplate(whole, near, cv2.TM_SQDIFF))[2]
    assert 60 < place_of[0] < 220 and place_of[1] < 120, "her head is in the upper part, right of the flag"


def test_what_is_no_ranker_is_told(place, tmp_path, tiny):
    for name in ("blip-large", "modnet"):
        with pytest.raises(BadInput) as wrong:
            described(place, "red", ranker=name)
        assert wrong.value.key == "ranker.no_ranker"
    (tmp_path / "empty").mkdir()
    foreign = shutil.copytree(tiny, tmp_path / "foreign")
    config = foreign / "open_clip_config.json"
    config.write_text(config.read_text().replace('"context_length"', '"hf_tokenizer_name": "a/b", "context_length"'))
    cut = shutil.copytree(tiny, tmp_path / "cut")
    (cut / "open_clip_model.safetensors").write_bytes((tiny / "open_clip_model.safetensors").read_bytes()[:5000])
    for folder in ("empty", "foreign", "cut"):
        with pytest.raises(Unavailable) as caught:
            Clip(tmp_path / folder, name=folder)
        assert caught.value.key == "ranker.foreign"
        assert len({caught.value.text(lang) for lang in languages()}) == 3


def test_without_the_card_only_what_is_measured_is_said(tmp_path):
    cards = Cards(Settings(data_dir=tmp_path / "data"))
    run = Run.local(tmp_path / "work", tmp_path / "out", cards=cards, memory=MEMORY)
    assert "tags" not in described(run, "red").facts
    with pytest.raises(Unavailable):
        described(run, "red", ranker=CARD)


def test_a_server_s_words_get_tags_only_when_that_is_asked(place, tmp_path):
    """A job of the studio's: a server describes, the card's network adds."""
    red = place.workdir / "red.png"
    Image.fromarray(plain("red")).save(red)
    answer = {"lines": [{"section": "subject", "english": "a tall elf"}, {"section": "pose", "english": "sitting"}]}
    tags = []
    for number, asked in enumerate(({}, {"ranker": CARD})):
        with llm_server(says(answer)) as server:
            place.services = Services().read({"llm": {"url": server.url, "key": KEY, "model": MODEL}})
            place.workdir = tmp_path / f"job {number}"
            place.workdir.mkdir()
            (one,) = llm.run(DescribeRequest(pictures=(str(red),), **asked), place).pictures
        assert one.sheet.lines[0].said == "a tall elf"
        tags.append(set(one.tags))
    assert tags[0] < tags[1] and all("red" in tag for tag in tags[1] - tags[0])


def test_a_job_finds_tags_and_keeps_what_it_has_read(tmp_path, tiny):
    file = tmp_path / "red.png"
    Image.fromarray(plain("red")).save(file)
    with closing(Studio(Settings(data_dir=tmp_path / "data", device="cpu"))) as studio:
        for name in ("open_clip_config.json", "open_clip_model.safetensors"):
            studio.cards.import_file(CARD, tiny / name)
        studio.start()
        job = studio.submit("describe", {"pictures": [studio.library.add(file, "ann").id]}, "ann")
        job = list(studio.watch(job.id, "ann", PATIENCE_S))[-1]
    assert (job.state, job.engine, job.error) == ("done", "classical", None)
    assert "red" in job.result["pictures"][0]["facts"]["tags"]
    assert len(list((tmp_path / "data" / "cache" / "tags").glob("*.npy"))) > 40
