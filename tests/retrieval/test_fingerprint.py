from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from engines.retrieval.aggregate import mirrored
from engines.retrieval.keypoints import keypoints
from engines.retrieval.window import pictured, without_bars
from tests.bench.edits import EDITS, borders, player
from tests.bench.scenery import scene
from tests.retrieval.shots import COUNT, described, fingerprint, found, pictures


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_picture_is_found(edit: str) -> None:
    dice = np.random.default_rng(3)
    asked = range(0, COUNT, 4)
    hits = [found(EDITS[edit](pictures()[number], dice)) for number in asked]
    right = [number == hit for number, (hit, _) in zip(asked, hits, strict=True)]
    assert np.mean(right) >= 0.9
    assert np.mean([sure > 0.5 for _, sure in hits]) >= 0.8


def test_what_is_not_there_is_not_claimed() -> None:
    claims = [found(pictures()[number], without=number)[1] for number in range(COUNT)]
    assert sum(sure >= 0.5 for sure in claims) <= 1


def test_a_frame_gives_the_same_bytes_beside_others_and_in_threads() -> None:
    encoder = fingerprint()
    alone = [encoder.describe([picture])[0] for picture in pictures()[:8]]
    with ThreadPoolExecutor(4) as pool:
        threads = list(pool.map(lambda picture: encoder.describe([picture])[0], pictures()[:8]))
    for one, other, batch in zip(alone, threads, described()[:8], strict=True):
        assert one.detail == other.detail == batch.detail
        assert one.vectors.tobytes() == other.vectors.tobytes() == batch.vectors.tobytes()


def test_a_description_has_the_promised_form() -> None:
    encoder = fingerprint()
    for description in described():
        assert description.vectors.shape == (encoder.rows, encoder.dim) and description.vectors.dtype == np.float32
        assert np.linalg.norm(description.vectors, axis=1) == pytest.approx(1, abs=1e-4)
        assert len(description.detail) <= 8192


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (500, 20), (90, 90)])
def test_empty_and_odd_frames_are_described_and_found_nowhere(shape: tuple[int, int]) -> None:
    encoder = fingerprint()
    blank = np.full((*shape, 3), 77, np.uint8)
    (description,) = encoder.describe([blank])
    assert description.vectors.shape == (1, encoder.dim) and np.isfinite(description.vectors).all()
    assert found(blank)[1] < 0.5
    score = encoder.verify(encoder.ask(pictures()[0]), [description.detail], np.zeros((1, 4), np.float32))
    assert encoder.sure(float(score[0])) < 0.1


def test_forms_turn_over_with_the_picture() -> None:
    grey = cv2.cvtColor(scene(901, 336, 190), cv2.COLOR_RGB2GRAY)
    there, back = keypoints(grey, 200), keypoints(np.ascontiguousarray(grey[:, ::-1]), 200)
    turned = mirrored(back.forms).astype(float) / 512 @ (there.forms.astype(float) / 512).T
    untouched = back.forms.astype(float) / 512 @ (there.forms.astype(float) / 512).T
    assert np.median(turned.max(axis=1)) > 0.97 > np.median(untouched.max(axis=1)) + 0.05


def test_bars_and_pages_are_taken_off() -> None:
    picture = np.maximum(scene(902, 400, 240), 60)
    barred = cv2.copyMakeBorder(picture, 30, 30, 50, 50, cv2.BORDER_CONSTANT)
    assert without_bars(cv2.cvtColor(barred, cv2.COLOR_RGB2GRAY)) == (30, 270, 50, 450)
    assert borders(picture, np.random.default_rng(0)).shape != picture.shape
    box = pictured(player(picture, np.random.default_rng(1)))
    assert box is not None
    np.testing.assert_allclose(box, (80, 580, 40, 860), atol=6)
    assert pictured(np.full((200, 300, 3), 255, np.uint8)) is None
