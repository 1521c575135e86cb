from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from engines.arrays import Bytes
from engines.retrieval.align import Hit, aligned
from engines.retrieval.encoder import likeness
from tests.bench.scenery import scene
from tests.retrieval.shots import fingerprint

RATE, EVERY = 10, 5


def hit(at: float, asked: float = 0.0, score: float = 0.9, video: int = 1, shot: int = 1) -> Hit:
    return Hit(video, shot, at, at - 0.25, at + 0.25, score, asked)


@pytest.mark.parametrize("speed", [0.9, 1.0, 1.1])
def test_a_clip_lies_where_its_moments_come_in_order(speed: float) -> None:
    moments = [float(moment) for moment in range(12)]
    inside = [hit(40 + speed * moment, moment) for moment in moments]
    strays = [hit(float((7 * moment) % 30), moment, video=3) for moment in moments]
    best, *others = aligned(inside + strays, moments)
    assert (best.video, best.speed) == (1, speed)
    assert best.start_s == pytest.approx(40, abs=0.6) and best.end_s == pytest.approx(40 + 11 * speed, abs=0.6)
    assert best.score == pytest.approx(0.9) and all(other.score < 0.4 for other in others)


def test_a_clip_of_two_places_is_found_at_both() -> None:
    moments = [float(moment) for moment in range(10)]
    found = aligned([hit(20 + m if m < 5 else 70 + m, m) for m in moments], moments)
    assert [(round(one.start_s), round(one.end_s), one.asked_start_s) for one in found] == [(20, 24, 0), (75, 79, 5)]


def test_a_still_shot_with_one_kept_frame_holds_a_whole_clip() -> None:
    moments = [0.0, 1.0, 2.0, 3.0]
    (found,) = aligned([Hit(1, 1, 15, 10, 20, 0.8, moment) for moment in moments], moments)
    assert 10 <= found.start_s <= found.end_s <= 20 and found.score == pytest.approx(0.8)
    assert aligned([], moments) == []


def write(path: Path, frames: Sequence[Bytes]) -> None:
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream("libx264", rate=Fraction(RATE), options={"crf": "28", "preset": "ultrafast"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        file.mux(stream.encode())


def read(path: Path) -> list[tuple[float, Bytes]]:
    with av.open(str(path)) as file:
        return [(float(frame.time), frame.to_ndarray(format="rgb24")) for frame in file.decode(video=0)]


def journey(seed: int) -> list[Bytes]:
    """Six seconds of a camera that goes over wide scenery."""
    wide = scene(seed, 1400, 200)
    return [np.ascontiguousarray(wide[:, 18 * k : 18 * k + 320]) for k in range(6 * RATE)]


def answers(library: Sequence[Path], clip: Path) -> tuple[list[Hit], list[float]]:
    encoder = fingerprint()
    kept = [(video, at, frame) for video, path in enumerate(library) for at, frame in read(path)[::EVERY]]
    described = encoder.describe([frame for *_, frame in kept])
    vectors = np.stack([one.vectors for one in described])
    half = EVERY / RATE / 2
    hits, moments = [], []
    for asked, frame in read(clip)[::EVERY]:
        moments.append(asked)
        question = encoder.ask(frame)
        likely = likeness(question, vectors)
        best = np.argsort(-likely.max(axis=1), kind="stable")[:12]
        scores = encoder.verify(question, [described[k].detail for k in best], likely[best])
        for k, score in zip(best, scores, strict=True):
            video, at, _ = kept[k]
            hits.append(Hit(video, 0, at, at - half, at + half, encoder.sure(float(score)), asked))
    return hits, moments


def test_an_encoded_clip_is_found_forwards_and_not_backwards(tmp_path: Path) -> None:
    films = [journey(seed) for seed in (7003, 7007, 7012)]
    for number, film in enumerate(films):
        write(tmp_path / f"{number}.mp4", film)
    library = [tmp_path / f"{number}.mp4" for number in range(len(films))]
    part = [cv2.convertScaleAbs(frame, alpha=0.8) for frame in films[1][20:50]]
    write(tmp_path / "part.mp4", part)
    write(tmp_path / "reversed.mp4", part[::-1])
    best = aligned(*answers(library, tmp_path / "part.mp4"))[0]
    assert best.video == 1 and best.score > 0.6
    assert best.start_s == pytest.approx(2.0, abs=0.5) and best.end_s == pytest.approx(4.5, abs=0.5)
    backwards = aligned(*answers(library, tmp_path / "reversed.mp4"))
    assert max((one.score for one in backwards), default=0.0) < best.score - 0.2
