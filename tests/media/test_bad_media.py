"""Files that are broken, empty, foreign or hostile: each ends in one sentence, and nothing half-written is left."""

import subprocess
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from engines.media.flow_control import Map
from engines.media.picture import read_picture, write_picture
from engines.media.pipeline import transform
from engines.media.probe import probe
from studio.errors import BadInput, DiskFull, LimitReached, NotAllowed, NotFound, StudioError
from tests.media.clips import decoded, make_clip
from tests.media.steps import Steps

CUTS = range(1, 21)


def made(source: Path, folder: Path) -> Path:
    target = folder / "out.mp4"
    transform(source, target, [Map(lambda frame: frame)], Steps(folder / "job"))
    return target


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "in.mp4"
    return make_clip(path, frames=40, sound=["stereo"], options={"movflags": "+faststart"}).read_bytes()


@pytest.mark.parametrize("part", CUTS)
def test_a_clip_cut_off_at_any_point(tmp_path, whole, part):
    source = tmp_path / "cut.mp4"
    source.write_bytes(whole[: len(whole) * part // 21])
    try:
        frames = decoded(made(source, tmp_path))
    except BadInput as error:
        assert "cut.mp4" in str(error)
        assert not (tmp_path / "out.mp4").exists()
    else:
        assert 0 < len(frames) <= 40


def test_a_clip_whose_table_of_contents_is_missing(tmp_path):
    source = make_clip(tmp_path / "in.mp4")
    source.write_bytes(source.read_bytes()[:-900])
    with pytest.raises(BadInput, match="cut off"):
        made(source, tmp_path)


def text(path: Path) -> None:
    path.write_text("this is a letter, no film\n" * 50)


def empty(path: Path) -> None:
    path.touch()


def noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(40_000))


def archive(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + b"\0" * 500)


def playlist(path: Path) -> None:
    beside = make_clip(path.with_name("beside.ts"))
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.0,\n{beside.name}\n#EXT-X-ENDLIST\n")


def concat_script(path: Path) -> None:
    make_clip(path.with_name("beside.mp4"))
    path.write_text("ffconcat version 1.0\nfile beside.mp4\n")


def sound_only(path: Path) -> None:
    second = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), "fltp", "mono")
    second.rate = 44100
    with av.open(str(path), "w") as out:
        track = out.add_stream("aac", rate=second.rate, layout="mono")
        out.mux(track.encode(second))
        out.mux(track.encode(None))


@pytest.mark.parametrize(
    "make", [text, empty, noise, archive, playlist, concat_script, sound_only], ids=lambda f: f.__name__
)
def test_what_is_no_video(tmp_path, make):
    source = tmp_path / "film.mp4"
    make(source)
    with pytest.raises(BadInput, match=r"film\.mp4") as caught:
        made(source, tmp_path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.mp4").exists()


def test_sound_of_no_length(tmp_path):
    source, silent = make_clip(tmp_path / "in.mp4"), tmp_path / "none.mkv"
    with av.open(str(source)) as film, av.open(str(silent), "w") as out:
        picture = out.add_stream_from_template(film.streams.video[0])
        sound = out.add_stream("aac", rate=48000, layout="stereo")
        sound.codec_context.open()
        for packet in film.demux(video=0):
            if packet.dts is not None:
                packet.stream = picture
                out.mux(packet)
    assert len(probe(silent).audio) == 1
    assert len(decoded(made(silent, tmp_path))) == 25


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(NotFound):
        probe(tmp_path / "nothing.mp4")
    with pytest.raises(StudioError):
        probe(tmp_path)


def test_a_clip_of_one_pixel(tmp_path):
    source = make_clip(tmp_path / "in.mkv", size=(1, 1), pixels="yuv444p", frames=3)
    assert len(decoded(made(source, tmp_path))) == 3


def test_a_codec_that_nobody_knows(tmp_path):
    source = make_clip(tmp_path / "in.mkv")
    data = source.read_bytes()
    source.write_bytes(data.replace(b"V_MPEG4/ISO/AVC", b"V_MPEG4/ISO/XXX"))
    with pytest.raises(BadInput, match="codec"):
        made(source, tmp_path)


def bomb(path: Path, side: int = 60_000) -> Path:
    """A grey PNG of 3.6 gigapixels in a few kilobytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    data = zlib.compress(b"\0" * 1_000_000)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b""))
    return path


def test_a_picture_that_unpacks_to_gigabytes(tmp_path):
    with pytest.raises(BadInput, match="enormous"):
        read_picture(bomb(tmp_path / "bomb.png"))
    with pytest.raises(BadInput, match="enormous"):
        probe(tmp_path / "bomb.png")


def test_an_8k_picture_is_read_and_a_larger_limit_holds(tmp_path):
    path = tmp_path / "large.png"
    Image.new("L", (7680, 4320), 90).save(path)
    assert read_picture(path).shape == (4320, 7680, 3)
    with pytest.raises(LimitReached, match="megapixels"):
        read_picture(path, max_pixels=1_000_000)


def test_a_picture_cut_in_half(tmp_path):
    path = tmp_path / "half.jpg"
    Image.effect_noise((400, 300), 60).convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(BadInput, match="damaged"):
        read_picture(path)


def test_a_folder_that_may_not_be_written(tmp_path):
    source = make_clip(tmp_path / "in.mp4")
    with pytest.raises(NotAllowed, match="nowhere"):
        transform(source, tmp_path / "nowhere" / "out.mp4", [Map(lambda f: f)], Steps(tmp_path / "job"))


def test_a_disk_that_fills_up(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no right to mount a small disk")
    try:
        source = make_clip(tmp_path / "in.mp4", frames=60, size=(640, 360))
        noise = np.random.default_rng(2)

        def grain(frame):
            return frame.replace(rgb=noise.integers(0, 255, (360, 640, 3), np.uint8))

        with pytest.raises(DiskFull):
            transform(source, disk / "out.mp4", [Map(grain)], Steps(disk / "job"))
        assert not (disk / "out.mp4").exists()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_picture_that_may_not_be_written(tmp_path):
    with pytest.raises(NotAllowed):
        write_picture(tmp_path / "nowhere" / "a.png", np.zeros((4, 4, 3), np.uint8))
