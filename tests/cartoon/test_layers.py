"""People and background apart, on real clips: what is kept is kept, what is put behind is there, nothing depends on threads."""

import zipfile
from io import BytesIO
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from engines.cartoon import classical
from engines.media.picture import read_picture, write_picture
from studio.cards import Cards
from studio.errors import BadInput, Cancelled
from studio.memory import Residency
from studio.paths import ASSETS
from studio.run import Run
from studio.settings import MB, Settings
from studio.tasks.cartoon import CartoonRequest
from tests.media.clips import decoded
from tests.vision.test_networks import modnet_file, rvm_file

PORTRAIT = ASSETS / "samples" / "astronaut.jpg"
SCREEN = (0, 177, 64)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return place(tmp_path, "1")


def place(folder: Path, name: str, threads: int = 2) -> Run:
    memory = Residency(lambda device: 400 * MB)
    return Run.local(folder / f"work{name}", folder / f"out{name}", threads=threads, memory=memory)


def draw(run: Run, source: Path, *, calm: float = 0.0, format: str = "mp4", **layers: object) -> Path:
    request = CartoonRequest.model_validate(
        {"source": str(source), "style": "ink", "calm": calm, "layers": layers, "output": {"format": format}}
    )
    return Path(classical.run(request, run).output)


@pytest.fixture(scope="module")
def portrait(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("portrait") / "portrait.png"
    picture = read_picture(PORTRAIT)
    write_picture(path, cv2.resize(picture, (360, 360), interpolation=cv2.INTER_AREA))
    return path


def film(path: Path, picture: np.ndarray, frames: int = 12) -> Path:
    """A slow zoom into a picture."""
    height, width = picture.shape[:2]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "8", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index in range(frames):
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), 0, 1 + 0.003 * index)
            moved = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(moved, format="rgb24")))
        out.mux(stream.encode(None))
    return path


def before_screen(path: Path) -> Path:
    """A red disc with a dark rim before a green screen."""
    picture = np.full((180, 240, 3), SCREEN, np.uint8)
    cv2.circle(picture, (120, 90), 50, (40, 20, 20), -1, cv2.LINE_AA)
    cv2.circle(picture, (120, 90), 44, (220, 60, 50), -1, cv2.LINE_AA)
    return film(path, picture)


CORNER = np.s_[:40, -60:]
FACE = np.s_[75:115, 140:180]


def test_a_kept_background_is_the_source(run, portrait):
    before, after = read_picture(portrait).astype(int), read_picture(draw(run, portrait, cut="person")).astype(int)
    assert np.abs(after - before)[CORNER].mean() < 1.5
    assert np.abs(after - before)[FACE].mean() > 6
    assert run.host.notes == []


def test_a_kept_person_before_a_colour(run, portrait):
    made = draw(run, portrait, cut="person", person="keep", background="colour", colour="#3060c0")
    before, after = read_picture(portrait).astype(int), read_picture(made).astype(int)
    assert np.abs(after[CORNER] - (0x30, 0x60, 0xC0)).mean() < 3
    assert np.abs(after - before)[FACE].mean() < 3


def test_another_style_behind(run, portrait):
    alone, both = (
        read_picture(draw(run, portrait, cut="person", background="draw", style=style)) for style in ("ink", "pencil")
    )
    assert np.abs(alone.astype(int) - both)[FACE].mean() < 2
    assert np.abs(alone.astype(int) - both)[CORNER].mean() > 6


def test_a_transparent_picture(run, portrait):
    alpha = read_picture(draw(run, portrait, cut="person", background="transparent"))[..., 3]
    assert alpha[FACE].min() > 250
    assert alpha[:30, -30:].max() < 5


def test_nobody_there_is_said(run, tmp_path):
    write_picture(tmp_path / "wall.png", np.full((200, 300, 3), 140, np.uint8))
    made = read_picture(draw(run, tmp_path / "wall.png", cut="person", background="green"))
    assert np.abs(made.astype(int) - (0, 177, 64)).mean() < 4
    assert run.host.notes == [("cartoon.nobody", {})]


def test_a_green_screen_becomes_transparent_and_leaves_no_green(run, tmp_path):
    made = draw(run, before_screen(tmp_path / "in.mp4"), format="png", cut="screen", background="transparent")
    with zipfile.ZipFile(made) as archive:
        picture = np.asarray(Image.open(BytesIO(archive.read("frame_000005.png")))).astype(int)
    assert picture[90, 120, 3] > 250 and picture[10, 10, 3] < 5
    inside = picture[picture[..., 3] > 128][:, :3]
    assert (inside[:, 1] - inside[:, [0, 2]].max(axis=1)).max() < 25


@pytest.mark.parametrize("card", ["rvm-mobilenetv3", "modnet"])
def test_a_matte_by_a_card_that_was_put_in(tmp_path, portrait, card):
    cards = Cards(Settings(data_dir=tmp_path / "data"))
    network = rvm_file(tmp_path / "network.onnx") if card.startswith("rvm") else modnet_file(tmp_path / "network.onnx")
    cards.import_file(card, network)
    memory = Residency(lambda device: 400 * MB)
    run = Run.local(tmp_path / "work", tmp_path / "out", cards=cards, memory=memory)
    draw(run, film(tmp_path / "in.mp4", read_picture(portrait), frames=3), cut="person", background="blur")
    assert [item.key for item in memory.resident()] == [card]
    assert run.host.cards == [card]


def test_a_screen_that_is_not_there(run, portrait):
    with pytest.raises(BadInput, match="screen"):
        draw(run, portrait, cut="screen", background="blur")


def test_transparent_in_a_format_that_cannot_be(run, tmp_path):
    with pytest.raises(BadInput, match="webm"):
        draw(run, before_screen(tmp_path / "in.mp4"), cut="screen", background="transparent")


def test_a_video_behind_runs_along_and_starts_again(run, tmp_path):
    behind = tmp_path / "behind.mp4"
    with av.open(str(behind), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for index in range(5):
            out.mux(
                stream.encode(
                    av.VideoFrame.from_ndarray(np.full((240, 320, 3), 40 * index + 30, np.uint8), format="rgb24")
                )
            )
        out.mux(stream.encode(None))
    made = draw(run, before_screen(tmp_path / "in.mp4"), cut="screen", background="media", media=str(behind))
    corner = [frame[:20, :20].mean() for frame in decoded(made)]
    assert np.allclose(corner, [40 * (index % 5) + 30 for index in range(12)], atol=6)


def test_interrupted_or_on_more_threads_it_is_the_same(tmp_path, portrait):
    source = film(tmp_path / "in.mp4", read_picture(portrait), frames=110)
    layers = {"cut": "person", "background": "draw", "style": "cel"}
    whole = draw(place(tmp_path, "a", 1), source, calm=0.7, **layers)
    run = place(tmp_path, "b", 3)
    steps = run.step

    def cut_off(done, total, **more):
        if done >= 104:
            raise Cancelled
        steps(done, total, **more)

    run.step = cut_off
    with pytest.raises(Cancelled):
        draw(run, source, calm=0.7, **layers)
    run.step = steps
    again = draw(run, source, calm=0.7, **layers)
    assert again.read_bytes() == whole.read_bytes()


def test_a_comparison_and_a_visible_label(run, tmp_path):
    source = before_screen(tmp_path / "in.mp4")
    request = CartoonRequest.model_validate(
        {"source": str(source), "output": {"compare": True, "label": True}, "calm": 0, "start": 0.08}
    )
    result = classical.run(request, run)
    plain = classical.run(
        request.model_copy(update={"output": request.output.model_copy(update={"label": False})}), place(tmp_path, "2")
    )
    labelled, bare = decoded(Path(result.output))[3].astype(int), decoded(Path(plain.output))[3].astype(int)
    assert np.abs(labelled - bare)[-14:, -20:].mean() > 10
    assert np.abs(labelled - bare)[:100, :100].mean() < 2
    pair = decoded(Path(result.comparison))
    assert len(pair) == result.frames == 10
    assert pair[0].shape == (180, 480, 3)
    assert np.abs(pair[3][:, 240:].astype(int) - labelled).mean() < 4
    assert np.abs(pair[3][:, :240].astype(int) - decoded(source)[5]).mean() < 4


def test_a_screen_is_looked_for_beyond_a_black_beginning(run, tmp_path):
    path = tmp_path / "in.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "8"})
        stream.width, stream.height, stream.pix_fmt = 240, 180, "yuv420p"
        for index in range(16):
            picture = np.full((180, 240, 3), SCREEN if index > 3 else (0, 0, 0), np.uint8)
            cv2.circle(picture, (120, 90), 50, (220, 60, 50) if index > 3 else (0, 0, 0), -1, cv2.LINE_AA)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    made = decoded(draw(run, path, cut="screen", person="keep", background="colour", colour="#3060c0"))
    assert np.abs(made[12][:20, :20].astype(int) - (0x30, 0x60, 0xC0)).mean() < 4


def drawn(folder: Path, source: Path, **values: object) -> np.ndarray:
    request = CartoonRequest.model_validate({"source": str(source), "calm": 0, **values})
    return read_picture(Path(classical.run(request, place(folder, str(len(list(folder.iterdir()))))).output)).astype(
        int
    )


def test_drawn_small_it_has_the_size_of_the_result(tmp_path, portrait):
    before = read_picture(portrait).astype(int)
    full, small = drawn(tmp_path, portrait), drawn(tmp_path, portrait, work=120)
    assert full.shape == small.shape == before.shape
    assert cv2.Laplacian(small.astype(np.float32), cv2.CV_32F).std() < (
        0.7 * cv2.Laplacian(full.astype(np.float32), cv2.CV_32F).std()
    )
    kept = drawn(tmp_path, portrait, work=120, layers={"cut": "person"})
    assert np.abs(kept - before)[CORNER].mean() < 1.5
    assert np.abs(kept - small)[FACE].mean() < 2
    assert drawn(tmp_path, portrait, work=120, height=200).shape[0] == 200
    assert np.array_equal(drawn(tmp_path, portrait, work=4320), full)


def test_somebody_seen_before_an_interruption_is_not_forgotten(tmp_path, portrait):
    """Somebody in the first segment only: a run that goes on after it doesn't say that nobody was found."""
    picture = read_picture(portrait)
    wall = np.full_like(picture, 140)
    path = tmp_path / "in.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "18", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 360, 360, "yuv420p"
        for index in range(120):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture if index < 3 else wall, format="rgb24")))
        out.mux(stream.encode(None))
    run = place(tmp_path, "a")
    steps = run.step

    def cut_off(done, total, **more):
        if done >= 112:
            raise Cancelled
        steps(done, total, **more)

    layers = {"cut": "person", "person": "keep", "background": "green"}
    run.step = cut_off
    with pytest.raises(Cancelled):
        draw(run, path, **layers)
    again = place(tmp_path, "a")
    draw(again, path, **layers)
    assert again.host.notes == []
