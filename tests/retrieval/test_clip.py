from pathlib import Path

import numpy as np
import pytest

from engines.retrieval.clip import ClipEncoder, parted
from engines.retrieval.encoder import likeness
from studio.errors import Unavailable
from tests.describe.tiny_clip import COLOURS, SIDE, make, plain


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("clip") / "tiny")


@pytest.fixture(scope="module")
def encoder(tiny: Path) -> ClipEncoder:
    return ClipEncoder(tiny, name="clip:tiny", version="1")


def test_words_find_what_they_say(encoder: ClipEncoder) -> None:
    described = encoder.describe([plain(colour) for colour in COLOURS])
    vectors = np.stack([one.vectors for one in described])
    assert vectors.shape == (len(COLOURS), encoder.rows, encoder.dim) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=2), 1, atol=1e-5)
    for number, word in enumerate(("red", "blue")):
        question = encoder.ask_words(word)
        likely = likeness(question, vectors)
        sure = [encoder.sure(score) for score in encoder.verify(question, [one.detail for one in described], likely)]
        assert int(likely.max(axis=1).argmax()) == int(np.argmax(sure)) == number
        assert sure[number] > 0.9 and all(other < 0.5 for k, other in enumerate(sure) if k != number)


def test_pictures_and_words_lie_in_one_space(encoder: ClipEncoder) -> None:
    red, blue = encoder.ask(plain("red")), encoder.ask(plain("blue"))
    word = encoder.ask_words("red").vectors[0]
    assert (red.vectors @ word).min() > (blue.vectors @ word).max() + 0.3


def test_a_picture_goes_with_words_and_without(encoder: ClipEncoder) -> None:
    half = np.concatenate([plain("red"), plain("blue")], axis=1)
    vectors = np.stack([one.vectors for one in encoder.describe([plain("red"), plain("blue")])])
    for words, wanted in (("-red", 1), ("-blue", 0), ("blue", 1), ("red, -blue", 0)):
        assert int(likeness(encoder.ask_both(half, words), vectors).max(axis=1).argmax()) == wanted
    np.testing.assert_allclose(encoder.ask_both(half, "").vectors, encoder.ask(half).vectors, atol=1e-6)


def test_a_minus_takes_away(encoder: ClipEncoder) -> None:
    assert parted("at night, −person, rain,") == (["at night", "rain"], ["person"])
    assert parted("a well-known face") == (["a well-known face"], [])
    red, blue = (encoder.describe([plain(colour)])[0].vectors[0] for colour in ("red", "blue"))
    only = encoder.ask_words("-red").vectors[0]
    assert only @ blue > only @ red + 0.15


def test_a_batch_says_what_single_frames_say(encoder: ClipEncoder) -> None:
    dice = np.random.default_rng(0)
    sizes = [(SIDE, SIDE), (90, 160), (160, 90), (40, 200), (31, 17), (1, 1)] * 7
    frames = [dice.integers(0, 256, (*size, 3)).astype(np.uint8) for size in sizes]
    together = np.stack([one.vectors for one in encoder.describe(frames)])
    alone = np.stack([encoder.describe([frame])[0].vectors for frame in frames])
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("shape", [(90, 160), (160, 90), (60, 200)])
def test_the_sides_of_a_frame_are_seen(encoder: ClipEncoder, shape: tuple[int, int]) -> None:
    """What stands at one end of the longer side changes what is seen."""
    frame = np.full((*shape, 3), COLOURS["grey"], np.uint8)
    frame[-shape[0] // 4 :, -shape[1] // 4 :] = COLOURS["red"]
    plain_rows, marked_rows = (encoder.ask(one).vectors for one in (np.full_like(frame, 128), frame))
    np.testing.assert_allclose(plain_rows[0] @ plain_rows[1], 1, atol=1e-4)
    assert marked_rows[1] @ plain_rows[1] < 0.999


def test_a_file_round_trip_changes_nothing(encoder: ClipEncoder, tiny: Path) -> None:
    again = ClipEncoder(tiny, name="clip:tiny", version="1")
    np.testing.assert_array_equal(again.ask_words("blue").vectors, encoder.ask_words("blue").vectors)
    np.testing.assert_array_equal(again.ask(plain("blue")).vectors, encoder.ask(plain("blue")).vectors)


def test_what_is_no_such_model_is_refused(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        ClipEncoder(tmp_path, name="clip:none", version="1")
    config = (tiny / "open_clip_config.json").read_text()
    foreign = config.replace('"text_cfg": {', '"text_cfg": {"hf_tokenizer_name": "elsewhere/words", ')
    (tmp_path / "open_clip_config.json").write_text(foreign)
    with pytest.raises(Unavailable, match=r"foreign"):
        ClipEncoder(tmp_path, name="clip:foreign", version="1")
