"""The video pipeline on real clips of every shape: nothing about time, sound or picture may change on the way."""

import gc
import hashlib
import threading
from fractions import Fraction
from itertools import product
from pathlib import Path

import av
import numpy as np
import pytest

from engines.media.decode import Trim
from engines.media.flow_control import Fold, Map
from engines.media.formats import VideoOptions, recipe
from engines.media.pipeline import transform
from engines.media.probe import probe
from studio.errors import Cancelled
from tests.media.clips import decoded, flash_and_click, make_clip, orient, times_of
from tests.media.half import Trail, invert
from tests.media.steps import Steps

ORIENTATIONS = [*product((1, -1), (0,), (0,), (1, -1)), *product((0,), (1, -1), (1, -1), (0,))]
RATES = [Fraction(24000, 1001), 24, 25, Fraction(30000, 1001), 30, 50, 60]


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_rate_count_and_sync_are_kept(tmp_path: Path, fps):
    frames = 36
    source = make_clip(tmp_path / "in.mp4", fps=fps, frames=frames, sound=["stereo"], flash_at=20)
    target = tmp_path / "out.mp4"
    report = transform(source, target, [Map(invert)], Steps(tmp_path / "job"))
    before, after = probe(source), probe(target)
    assert report.frames == after.frames == frames
    assert after.fps == before.fps == Fraction(fps)
    assert times_of(target) == times_of(source)
    source_flash, source_click = flash_and_click(source)
    dark = [frame.mean() for frame in decoded(target)]
    assert times_of(target)[int(np.argmin(dark))] == source_flash
    assert abs(flash_and_click(target)[1] - source_click) <= 1 / fps


def test_pictures_leave_memory_as_soon_as_they_are_written(tmp_path: Path):
    source = make_clip(tmp_path / "in.mp4", frames=60)
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        transform(source, tmp_path / "out.mp4", [Map(invert)], Steps(tmp_path / "job"))
        gc.collect()
        kept = [item for item in gc.garbage if isinstance(item, av.VideoFrame)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert len(kept) <= 3, "pictures wait in cycles for the garbage collector"


def test_untouched_sound_packets(tmp_path: Path):
    source = make_clip(tmp_path / "in.mp4", sound=["stereo", "5.1"], flash_at=5)
    target = tmp_path / "out.mp4"
    transform(source, target, [Map(invert)], Steps(tmp_path / "job"))

    def packets(path):
        with av.open(str(path)) as container:
            return [bytes(p) for p in container.demux(container.streams.audio[0]) if p.size]

    assert packets(target) == packets(source)
    assert [track.channels for track in probe(target).audio] == [2, 6]
    assert abs(flash_and_click(target, 1)[1] - flash_and_click(source, 1)[1]) < 0.04


def test_variable_rate_keeps_every_time(tmp_path: Path):
    times = [0, 40, 80, 200, 210, 300, 500, 540, 580, 900]
    source = make_clip(tmp_path / "in.mp4", frames=len(times), times=times)
    target = tmp_path / "out.mp4"
    transform(source, target, [Map(invert)], Steps(tmp_path / "job"))
    assert np.allclose(times_of(target), np.array(times) / 1000, atol=1e-4)


@pytest.mark.parametrize("matrix", ORIENTATIONS, ids=str)
def test_turned_and_mirrored_phone_video_stands_upright(tmp_path: Path, matrix):
    source = make_clip(tmp_path / "in.mp4", size=(128, 72))
    stored = decoded(source)[0]
    orient(source, matrix)
    wanted = shown(stored, matrix)
    height, width = wanted.shape[:2]
    info = probe(source)
    assert (info.width, info.height) == (width, height)
    target = tmp_path / "out.mp4"
    transform(source, target, [Map(lambda f: f)], Steps(tmp_path / "job"))
    after = probe(target)
    assert (after.width, after.height, after.rotation) == (width, height, 0)
    assert np.abs(decoded(target)[0].astype(int) - wanted).mean() < 4


def shown(picture: np.ndarray, matrix: tuple[int, int, int, int]) -> np.ndarray:
    """Every pixel (x, y) moved to (ax + cy, bx + dy)."""
    a, b, c, d = matrix
    y, x = np.indices(picture.shape[:2])
    across, down = a * x + c * y, b * x + d * y
    across, down = across - across.min(), down - down.min()
    moved = np.empty((down.max() + 1, across.max() + 1, 3), np.uint8)
    moved[down, across] = picture
    return moved


def test_odd_sizes_keep_the_whole_picture(tmp_path: Path):
    source = make_clip(tmp_path / "in.mkv", size=(127, 71), pixels="yuv444p")
    target = tmp_path / "out.mp4"
    report = transform(source, target, [Map(invert)], Steps(tmp_path / "job"))
    assert (report.width, report.height) == (128, 72)
    assert np.abs(255 - decoded(target)[3][:71, :127].astype(int) - decoded(source)[3]).mean() < 6


def test_ten_bit_colour_comes_out_right(tmp_path: Path):
    source = make_clip(tmp_path / "in.mp4", pixels="yuv420p10le")
    assert probe(source).bit_depth == 10
    target = tmp_path / "out.mp4"
    transform(source, target, [Map(lambda f: f.replace(rgb=f.rgb))], Steps(tmp_path / "job"))
    assert probe(target).pixel_format == "yuv420p"
    assert np.abs(decoded(target)[4].astype(int) - decoded(source)[4]).mean() < 3


@pytest.mark.parametrize("name", ["mp4", "hevc", "av1", "webm", "prores", "gif"])
def test_formats_play(tmp_path: Path, name):
    source = make_clip(tmp_path / "in.mp4", sound=["stereo"], frames=10)
    options = VideoOptions(name, "draft")
    target = tmp_path / f"out{recipe(options).suffix}"
    transform(source, target, [Map(invert)], Steps(tmp_path / "job"), options=options)
    assert len(decoded(target)) == 10
    assert np.abs(255 - decoded(target)[5].astype(int) - decoded(source)[5]).mean() < 12
    assert len(probe(target).audio) == (0 if name == "gif" else 1)


@pytest.mark.parametrize("name", ["prores", "webm", "png"])
def test_transparency_is_written(tmp_path: Path, name):
    source = make_clip(tmp_path / "in.mp4", frames=4)
    options = VideoOptions(name, "good", alpha=True)
    target = tmp_path / f"out{recipe(options).suffix}"
    alpha = np.zeros((72, 128), np.uint8)
    alpha[:, :64] = 255
    transform(
        source, target, [Map(lambda f: f.replace(rgb=f.rgb, alpha=alpha))], Steps(tmp_path / "job"), options=options
    )
    if name == "png":
        import zipfile

        from PIL import Image

        with zipfile.ZipFile(target) as archive, archive.open("frame_000002.png") as file:
            got = np.asarray(Image.open(file))[..., 3]
    else:
        with av.open(str(target)) as container:
            if name == "webm":
                stream = container.streams.video[0]
                context = av.CodecContext.create("libvpx-vp9", "r")
                packet = next(p for p in container.demux(stream) if p.size)
                frame = context.decode(packet)[0]
            else:
                frame = next(container.decode(video=0))
            got = frame.to_ndarray(format="rgba")[..., 3]
    assert got[:, :56].mean() > 250
    assert got[:, 72:].mean() < 5


def test_trim_cuts_picture_and_sound(tmp_path: Path):
    source = make_clip(tmp_path / "in.mp4", frames=50, sound=["stereo"], flash_at=30)
    target = tmp_path / "out.mp4"
    report = transform(source, target, [Map(lambda f: f)], Steps(tmp_path / "job"), trim=Trim(0.8, 1.6))
    assert report.frames == 20
    flash, click = flash_and_click(target)
    assert flash == pytest.approx(0.4, abs=0.001)
    assert click == pytest.approx(flash, abs=0.04)


@pytest.mark.parametrize("size", [(128, 72), (352, 288), (361, 203)], ids=str)
def test_one_thread_and_many_give_the_same_bytes(tmp_path: Path, size):
    source = make_clip(tmp_path / "in.mkv", frames=60, sound=["stereo"], size=size, pixels="yuv444p")
    digests = set()
    for number, threads in enumerate((1, 4, 2, 1)):
        target = tmp_path / f"out{number}.mp4"
        steps = Steps(tmp_path / f"job{number}", threads)
        transform(source, target, [Map(invert), Fold(Trail())], steps, options=VideoOptions(segment_frames=16))
        digests.add(hashlib.sha256(target.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_other_settings_start_anew(tmp_path: Path):
    source = make_clip(tmp_path / "in.mp4", frames=40)
    options = VideoOptions(segment_frames=8)
    with pytest.raises(Cancelled):
        transform(
            source, tmp_path / "o.mp4", [Map(invert)], Steps(tmp_path / "j", cancel_at=30), options=options, key="a"
        )
    steps = Steps(tmp_path / "j")
    transform(source, tmp_path / "o.mp4", [Map(invert)], steps, options=options, key="b")
    assert steps.seen[0][0] == 0


def test_a_failing_stage_stops_everything(tmp_path: Path):
    source = make_clip(tmp_path / "in.mp4", frames=60)

    def broken(frame):
        if frame.index == 30:
            raise RuntimeError("broken filter")
        return frame

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="broken filter"):
        transform(source, tmp_path / "o.mp4", [Map(broken)], Steps(tmp_path / "j"))
    assert threading.active_count() == before
    assert not (tmp_path / "o.mp4").exists()


def test_bright_film_becomes_plain(tmp_path: Path):
    tags = {"color_primaries": "bt2020", "color_trc": "smpte2084", "colorspace": "bt2020nc", "color_range": "tv"}
    source = make_clip(tmp_path / "in.mp4", pixels="yuv420p10le", frames=6, options=tags)
    assert probe(source).colour.hdr
    target = tmp_path / "out.mp4"
    transform(source, target, [Map(lambda f: f)], Steps(tmp_path / "job"))
    after = probe(target).colour
    assert (after.primaries, after.trc, after.matrix) == (1, 1, 1)
    picture = decoded(target)[2]
    assert 20 < picture.mean() < 235
    assert picture.std() > 10


def test_a_gif_is_of_a_size_that_can_be_sent(tmp_path: Path):
    source = make_clip(tmp_path / "in.mp4", size=(1280, 720), frames=4)
    target = tmp_path / "out.gif"
    report = transform(source, target, [Map(invert)], Steps(tmp_path / "job"), options=VideoOptions("gif", "good"))
    assert (report.width, report.height) == (640, 360)
    assert len(decoded(target)) == 4


@pytest.mark.parametrize("full", [False, True])
def test_brightness_survives_either_range(tmp_path: Path, full):
    source = make_clip(tmp_path / "in.mp4", frames=3, options={"color_range": "pc" if full else "tv"})
    target = tmp_path / "out.mp4"
    transform(source, target, [Map(lambda f: f.replace(planes=f.planes))], Steps(tmp_path / "job"))
    assert probe(target).colour.full == full
    assert np.abs(decoded(target)[1].astype(int) - decoded(source)[1]).mean() < 2


def test_transparency_is_kept_without_asking(tmp_path: Path):
    source = make_clip(tmp_path / "in.mp4", frames=3)
    options = VideoOptions("prores", "draft")
    alpha = np.full((72, 128), 90, np.uint8)
    see_through, again = tmp_path / "a.mov", tmp_path / "b.mov"
    transform(
        source, see_through, [Map(lambda f: f.replace(rgb=f.rgb, alpha=alpha))], Steps(tmp_path / "1"), options=options
    )
    transform(see_through, again, [Map(lambda f: f)], Steps(tmp_path / "2"), options=options)
    with av.open(str(again)) as container:
        frame = next(container.decode(video=0))
        assert abs(frame.to_ndarray(format="rgba")[..., 3].mean() - 90) < 3
