"""Commands in, files out: size, time, sound, colour and names come through a face swap as they went in."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from engines.face_swap import _film
from engines.media.formats import VideoOptions, recipe
from engines.media.picture import read_picture
from engines.media.probe import probe
from studio import provenance
from studio.cli import DONE, main
from studio.errors import Cancelled
from tests.face_swap.half import short_segments
from tests.face_swap.sitting import ASTRONAUT, MONA_LISA, local, number_of, numbered, sitter, sitting, swap
from tests.media.clips import decoded, flash_and_click, make_clip, orient, times_of

NTSC = Fraction(30000, 1001)
ORIENTATION, MAKER = 0x0112, 0x010F
PQ = {"color_primaries": "bt2020", "color_trc": "smpte2084", "colorspace": "bt2020nc", "color_range": "tv"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in by commands, with a studio of its own."""
    monkeypatch.setenv("STUDIO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("STUDIO_DEVICE", "cpu")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def numbers(path: Path | str) -> list[int]:
    return [number_of(picture) for picture in decoded(Path(path))]


def sound_seconds(path: Path | str) -> float:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return float(sum(packet.duration for packet in container.demux(stream) if packet.size) * stream.time_base)


def changed(before: np.ndarray, after: np.ndarray) -> float:
    """Mean difference where somebody's face is, in levels."""
    height, width = before.shape[:2]
    part = slice(height // 4, 3 * height // 4), slice(2 * width // 5, 3 * width // 5)
    return float(np.abs(before[part].astype(int) - after[part]).mean())


@pytest.mark.slow
def test_01_a_picture_stays_upright_as_large_and_says_nothing_of_its_source(here: Path) -> None:
    picture = Image.fromarray(read_picture(Path(ASTRONAUT))[:400, :360])
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = 6, "Hidden Camera Works"
    picture.transpose(Image.Transpose.ROTATE_90).save(here / "in.jpg", exif=exif, quality=95)
    assert main(["face-swap", "in.jpg", "--source", MONA_LISA, "-o", "out.png", "--confirm-rights", "--quiet"]) == DONE
    made = Image.open(here / "out.png")
    assert (made.size, made.mode) == ((360, 400), "RGB")
    assert not made.getexif()
    assert b"Hidden Camera" not in (here / "out.png").read_bytes()
    assert (provenance.read(here / "out.png") or {})["task"] == "face_swap"
    before, after = np.asarray(picture).astype(int), np.asarray(made)
    assert np.abs(before - after)[300:].mean() < 3
    assert np.abs(before - after)[60:180, 160:280].mean() > 8


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_01_channels_of_a_picture(tmp_path: Path, channels: int) -> None:
    rgb = sitter(0, 240, 136)
    alpha = np.tile(np.arange(240, dtype=np.uint8), (136, 1))
    picture = {1: cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), 3: rgb, 4: np.dstack([rgb, alpha])}[channels]
    Image.fromarray(picture).save(tmp_path / "in.png")
    made = np.asarray(Image.open(swap(tmp_path / "in.png", local(tmp_path)).output))
    assert made.shape == (136, 240, max(channels, 3))
    if channels == 4:
        assert (made[..., 3] == alpha).all()
    assert changed(read_picture(tmp_path / "in.png")[..., :3], made[..., :3]) > 4


@pytest.mark.parametrize("fps", [24, 25, NTSC, 30, 60], ids=str)
def test_02_rate_count_length_and_size_stay(tmp_path: Path, fps: Fraction | int) -> None:
    source = sitting(tmp_path / "in.mp4", fps=fps, frames=9, draw=numbered)
    result = swap(source, local(tmp_path))
    before, after = probe(source), probe(Path(result.output))
    assert after.fps == before.fps == fps
    assert result.frames == result.swapped == after.frames == 9
    assert (after.width, after.height) == (240, 136)
    assert times_of(Path(result.output)) == times_of(source)
    assert numbers(result.output) == list(range(9))


@pytest.mark.parametrize(
    ("name", "size", "wanted"),
    [("mp4", (181, 103), (182, 104)), ("webm", (181, 103), (181, 103)), ("prores", (181, 103), (182, 104))],
)
def test_02_odd_sizes_keep_every_row_and_column(tmp_path: Path, name: str, size: tuple[int, int], wanted) -> None:
    source = sitting(tmp_path / "in.mkv", frames=3, size=size, pixels="yuv444p")
    result = swap(source, local(tmp_path), output={"format": name, "quality": "good"})
    made = decoded(Path(result.output))[1]
    assert made.shape[1::-1] == wanted
    difference = np.abs(made[: size[1], : size[0]].astype(int) - decoded(source)[1])
    assert difference[:, :40].mean() < 6 and difference[:, -40:].mean() < 6
    assert result.swapped == 3


def test_02_a_turned_film_is_swapped_and_written_upright(tmp_path: Path) -> None:
    def turned(index: int, width: int, height: int, flash: bool) -> np.ndarray:
        return np.ascontiguousarray(np.rot90(sitter(index, height, width, flash)))

    source = sitting(tmp_path / "in.mp4", frames=3, size=(136, 240), draw=turned)
    orient(source, (0, 1, -1, 0))
    result = swap(source, local(tmp_path))
    after = probe(Path(result.output))
    assert (after.width, after.height, after.rotation, result.swapped) == (240, 136, 0, 3)
    made = decoded(Path(result.output))[1]
    assert np.abs(made.astype(int) - sitter(1, 240, 136))[:, :50].mean() < 6
    assert changed(sitter(1, 240, 136), made) > 4


@pytest.mark.parametrize("name", ["hevc", "av1", "webm", "prores", "gif"])
def test_02_every_container_has_all_frames(tmp_path: Path, name: str) -> None:
    source = sitting(tmp_path / "in.mp4", frames=6, draw=numbered, sound=["stereo"])
    result = swap(source, local(tmp_path), output={"format": name, "quality": "draft"})
    after = probe(Path(result.output))
    assert Path(result.output).suffix == recipe(VideoOptions(name)).suffix
    assert (result.frames, result.swapped, after.width, after.height) == (6, 6, 240, 136)
    assert numbers(result.output) == list(range(6))
    assert len(after.audio) == (0 if name == "gif" else 1)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """27 numbered frames, with a sound."""
    folder = tmp_path_factory.mktemp("film")
    return sitting(folder / "in.mp4", frames=27, size=(144, 82), draw=numbered, sound=["mono"])


@pytest.mark.parametrize(
    ("start", "end", "first", "count"),
    [(0, 0.4, 0, 10), (0.48, 0.88, 12, 10), (0.88, 1.28, 22, 5), (-0.4, 0.2, 0, 5), (0.8, 11.2, 20, 7)],
)
def test_03_parts_are_exact_and_what_lies_beyond_is_cut_off(tmp_path: Path, film: Path, start, end, first, count):
    result = swap(film, local(tmp_path), start=start, end=end)
    assert numbers(result.output) == list(range(first, first + count))
    assert np.allclose(times_of(Path(result.output)), np.arange(count) / 25, atol=1e-4)
    assert sound_seconds(result.output) == pytest.approx(count / 25, abs=0.06)


@pytest.mark.parametrize("fps", [12.5, 15])
def test_04_another_rate_keeps_the_length_and_leaves_frames_unswapped(tmp_path: Path, film: Path, fps: float) -> None:
    result = swap(film, local(tmp_path), fps=fps)
    rate, shown = Fraction(fps), numbers(result.output)
    assert probe(Path(result.output)).fps == rate
    assert abs(len(shown) / rate - Fraction(27, 25)) <= 1 / rate
    assert all(abs(number / 25 - place / fps) <= 0.04 for place, number in enumerate(shown))
    assert result.swapped == result.frames == len(shown)
    assert sound_seconds(result.output) == sound_seconds(film)


def test_05_a_short_job_leaves_nothing_to_the_long_one_after_it(tmp_path: Path) -> None:
    target, run = tmp_path / "same.mp4", local(tmp_path)
    sitting(target, frames=5, draw=numbered)
    assert numbers(swap(target, run).output) == list(range(5))
    sitting(target, frames=11, draw=numbered)
    assert numbers(swap(target, run, end=0.12).output) == list(range(3))
    assert numbers(swap(target, run).output) == list(range(11))


def test_05_nor_does_one_that_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_film, "VideoOptions", short_segments)
    target, run = tmp_path / "same.mp4", local(tmp_path)
    sitting(target, frames=20, draw=sitter)
    with monkeypatch.context() as stopped, pytest.raises(Cancelled):
        stopped.setattr(run.host, "cancelled", lambda: any((run.workdir / "segments").glob("*.json")))
        swap(target, run)
    sitting(target, frames=20, draw=numbered)
    assert numbers(swap(target, run, start=0.04).output) == list(range(1, 20))


@pytest.mark.parametrize(
    ("scale", "size"), [(0.5, (212, 112)), (1, (426, 226)), (2, (852, 452)), (8, (3408, 1808))], ids=str
)
def test_06_scales(tmp_path: Path, scale: float, size: tuple[int, int]) -> None:
    source = sitting(tmp_path / "in.mp4", frames=1, size=(426, 226))
    after = probe(Path(swap(source, local(tmp_path), scale=scale).output))
    assert (after.width, after.height) == size


def test_07_names_in_any_script(here: Path) -> None:
    target, face, made = here / "портрет 画像 é.mp4", here / "лицо 顔.jpg", here / "결과 – ñ.mp4"
    sitting(target, frames=3)
    face.write_bytes(Path(MONA_LISA).read_bytes())
    line = ["face-swap", target.name, "--map", f"person1={face.name}", "-o", made.name, "--confirm-rights", "--quiet"]
    assert main(line) == DONE
    assert probe(made).frames == 3
    assert changed(decoded(target)[1], decoded(made)[1]) > 4


def as_pq(index: int, width: int, height: int, flash: bool) -> np.ndarray:
    """The sitter as bright film: plain white at 203 cd/m², coded by SMPTE ST 2084."""
    light = (sitter(index, width, height, flash) / 255.0) ** 2.4 * 203 / 10000
    power = light**0.1593017578125
    return np.rint(255 * ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375).astype(np.uint8)


def test_08_bright_film_becomes_plain_and_is_swapped(tmp_path: Path) -> None:
    source = sitting(tmp_path / "in.mp4", pixels="yuv420p10le", frames=3, options=PQ, draw=as_pq)
    assert probe(source).colour.hdr
    result = swap(source, local(tmp_path))
    colour = probe(Path(result.output)).colour
    assert (colour.primaries, colour.trc, colour.matrix) == (1, 1, 1)
    luma = cv2.cvtColor(decoded(Path(result.output))[1], cv2.COLOR_RGB2GRAY)
    assert 60 < luma.mean() < 200 and luma.std() > 20
    assert result.swapped == 3


def test_09_flash_and_click_stay_together(tmp_path: Path) -> None:
    source = sitting(tmp_path / "in.mp4", frames=20, sound=["stereo"], flash_at=9)
    result = swap(source, local(tmp_path))
    flash, click = flash_and_click(Path(result.output))
    assert flash == pytest.approx(9 / 25, abs=0.001)
    assert abs(click - flash) <= 1 / 25
    assert sound_seconds(result.output) == sound_seconds(source)


def test_09_without_sound_there_is_none(tmp_path: Path) -> None:
    result = swap(sitting(tmp_path / "in.mp4", frames=3), local(tmp_path))
    assert probe(Path(result.output)).audio == ()


def test_09_uneven_times_stay(tmp_path: Path) -> None:
    times = [0, 40, 80, 200, 210, 300, 500, 540]
    source = sitting(tmp_path / "in.mp4", frames=len(times), times=times, draw=numbered)
    result = swap(source, local(tmp_path))
    assert np.allclose(times_of(Path(result.output)), np.array(times) / 1000, atol=1e-4)
    assert numbers(result.output) == list(range(len(times)))


def test_12_frames_that_are_the_same_are_kept(tmp_path: Path) -> None:
    def thrice(index: int, width: int, height: int, flash: bool) -> np.ndarray:
        return numbered(index // 3, width, height, flash)

    source = make_clip(tmp_path / "in.mp4", frames=12, size=(240, 136), draw=thrice)
    result = swap(source, local(tmp_path))
    assert numbers(result.output) == [index // 3 for index in range(12)]
    assert times_of(Path(result.output)) == times_of(source)
