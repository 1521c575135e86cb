"""Shots and the moments that stand for them, from real encoded films."""

from io import BytesIO

import av
import numpy as np
import pytest
from PIL import Image

from engines.retrieval.footage import Footage
from engines.retrieval.shots import shots_of
from studio.errors import BadInput
from tests.media.clips import orient
from tests.search.looking import film, scene


def found(path):
    with Footage(path) as footage:
        return list(shots_of(footage)), footage


def test_each_scene_is_a_shot_with_one_moment_that_shows_it(tmp_path):
    shots, footage = found(film(tmp_path / "a.mp4", [1, 2, 3]))
    assert [(shot.start, shot.end) for shot in shots] == [(0, 1), (1, 2), (2, 3)]
    assert [len(shot.moments) for shot in shots] == [1, 1, 1]
    for seed, shot in zip((1, 2, 3), shots, strict=True):
        assert np.abs(shot.moments[0].picture.astype(int) - scene(seed)).mean() < 8
    assert footage.facts.seconds == pytest.approx(3) and not footage.damaged


def test_black_stands_for_nothing(tmp_path):
    shots, _ = found(film(tmp_path / "a.mp4", [None, 4, None]))
    moments = [moment for shot in shots for moment in shot.moments]
    assert len(moments) == 1 and moments[0].picture.std() > 20


def test_a_still_of_a_minute_is_one_moment_and_not_sixty(tmp_path):
    shots, _ = found(film(tmp_path / "a.mp4", [5], seconds=50))
    assert [len(shot.moments) for shot in shots] == [1]


def test_a_long_take_goes_on_as_another_shot(tmp_path):
    shots, _ = found(film(tmp_path / "a.mp4", [5], seconds=70))
    assert [(shot.start, shot.end) for shot in shots] == [(0, 60), (60, 70)]


def test_the_sharpest_moment_is_taken(tmp_path):
    import cv2

    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10, options={"crf": "18", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for at in range(20):
            picture = scene(6) if at == 13 else cv2.GaussianBlur(scene(6), (0, 0), 4)
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
    shots, _ = found(path)
    assert [moment.seconds for shot in shots for moment in shot.moments] == [pytest.approx(1.3)]


def test_a_moving_camera_gives_several_moments_and_a_return_none_twice(tmp_path):
    path = tmp_path / "a.mp4"
    wide = scene(7, 180, 1600)
    there = list(range(0, 1280, 16))
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=16, options={"crf": "23", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for left in there + there[::-1]:
            view = np.ascontiguousarray(wide[:, left : left + 320])
            for packet in stream.encode(av.VideoFrame.from_ndarray(view, format="rgb24")):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
    shots, _ = found(path)
    moments = [moment.seconds for shot in shots for moment in shot.moments]
    there, back = [at for at in moments if at < 5.0], [at for at in moments if at > 5.5]
    assert len(shots) == 1 and 4 <= len(there) <= 8 and len(back) < len(there)


def test_a_turned_film_is_seen_upright(tmp_path):
    path = film(tmp_path / "a.mp4", [8])
    orient(path, (0, 1, -1, 0))
    shots, footage = found(path)
    assert shots[0].moments[0].picture.shape == (320, 180, 3)
    assert (footage.facts.width, footage.facts.height) == (180, 320)
    turned = np.rot90(scene(8), -1)
    assert np.abs(shots[0].moments[0].picture.astype(int) - turned).mean() < 8


def test_a_sprite_has_a_picture_of_each_moment(tmp_path):
    shots, _ = found(film(tmp_path / "a.mp4", [9]))
    sprite = shots[0].sprite
    with Image.open(BytesIO(sprite.webp)) as picture:
        assert picture.format == "WEBP" and picture.size == (sprite.width * len(sprite.seconds), sprite.height)
    assert sprite.seconds == (shots[0].moments[0].seconds,)


def test_what_was_cut_off_is_read_as_far_as_it_goes(tmp_path):
    path = film(tmp_path / "a.mp4", [1, 2, 3, 4, 5, 6], seconds=2)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    shots, footage = found(path)
    assert footage.damaged and 2 < footage.read_to < 10 and len(shots) >= 2


@pytest.mark.parametrize("data", [b"", b"no film at all" * 100])
def test_what_is_no_film_is_refused(tmp_path, data):
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with pytest.raises(BadInput):
        found(path)
