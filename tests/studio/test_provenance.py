"""Provenance goes into real files and comes back, and leaves picture and sound as they were."""

import hashlib
import json
import shutil
import struct
import tracemalloc
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from PIL import Image

from studio.provenance import IPTC, Origin, embed, holds, read
from tests.media.clips import make_clip

ORIGIN = Origin(
    task="cartoon",
    engine="neural",
    generative=True,
    seed=4242,
    request={"style": "ink", "prompt": 'кошка, "图" <&> \'\n' + "é" * 300, "ink_lines": 0.6},
    models={"animeganv2-hayao": "1.0"},
    sources=("abc",),
)
LABEL = {"Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2"}
PICTURES = (".png", ".jpg", ".webp", ".gif")


def picture(folder: Path, suffix: str, mode: str = "RGB", **settings) -> Path:
    noise = np.random.default_rng(1).integers(0, 255, (48, 65, len(mode)), np.uint8)
    file = folder / f"picture{suffix}"
    Image.fromarray(noise, mode).save(file, **settings)
    return file


def sound(folder: Path, suffix: str) -> Path:
    file = folder / f"sound{suffix}"
    codec, kind = {
        ".wav": ("pcm_s16le", "s16"),
        ".flac": ("flac", "s16"),
        ".mp3": ("libmp3lame", "s16p"),
        ".m4a": ("aac", "fltp"),
        ".ogg": ("libopus", "s16"),
    }[suffix]
    wave = (np.sin(np.arange(24000) / 12) * 9000).astype(np.int16)
    with av.open(str(file), "w", options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream(codec, rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(wave[None], format="s16", layout="mono")
        frame.sample_rate = 48000
        for part in av.AudioResampler(kind, "mono", 48000, frame_size=stream.codec_context.frame_size or 0).resample(
            frame
        ):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return file


def pixels(file: Path) -> bytes:
    with Image.open(file) as opened:
        return b"".join(_frame(opened, number) for number in range(getattr(opened, "n_frames", 1)))


def _frame(opened: Image.Image, number: int) -> bytes:
    opened.seek(number)
    return opened.convert("RGBA").tobytes()


def decoded(file: Path) -> list[tuple[object, ...]]:
    """Time and content of every packet and of every decoded frame."""
    found: list[tuple[object, ...]] = []
    with av.open(str(file)) as container:
        for packet in container.demux():
            if packet.pts is not None:
                start = float(packet.pts * packet.time_base)
                found.append((packet.stream.type, round(start, 6), hashlib.md5(bytes(packet)).hexdigest()))
    with av.open(str(file)) as container:
        for frame in container.decode(*container.streams.video, *container.streams.audio):
            found.append(
                (type(frame).__name__, round(frame.time, 6), hashlib.md5(frame.to_ndarray().tobytes()).hexdigest())
            )
    return sorted(found, key=str)


def checked(record: dict[str, object] | None) -> None:
    assert record is not None
    assert (record["task"], record["engine"], record["seed"]) == ("cartoon", "neural", 4242)
    assert record["request"] == ORIGIN.request
    assert record["models"] == {"animeganv2-hayao": "1.0"}
    assert record["digital_source_type"] == IPTC + "compositeWithTrainedAlgorithmicMedia"


@pytest.mark.parametrize("suffix", PICTURES)
def test_pictures_keep_their_pixels(tmp_path, suffix):
    file = picture(tmp_path, suffix)
    before = pixels(file)
    assert read(file) is None
    assert embed(file, ORIGIN) and holds(file)
    checked(read(file))
    assert pixels(file) == before
    first = file.read_bytes()
    assert embed(file, ORIGIN)
    assert file.read_bytes() == first, "writing twice changes something"
    assert sorted(path.name for path in tmp_path.iterdir()) == [file.name]


def test_other_kinds_of_pictures(tmp_path):
    for number, (suffix, mode, settings) in enumerate(
        [
            (".webp", "RGBA", {"lossless": True}),
            (".webp", "RGBA", {"quality": 70}),
            (".webp", "RGB", {"lossless": True}),
            (".png", "RGBA", {}),
            (".jpg", "RGB", {"icc_profile": b"profile" * 20, "exif": Image.Exif().tobytes()}),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        file = picture(folder, suffix, mode, **settings)
        before = pixels(file)
        assert embed(file, ORIGIN)
        assert pixels(file) == before
        checked(read(file))
    with Image.open(tmp_path / "4" / "picture.jpg") as opened:
        assert opened.info["icc_profile"] == b"profile" * 20


def test_a_moving_gif(tmp_path):
    frames = [Image.fromarray(np.random.default_rng(n).integers(0, 255, (20, 30, 3), np.uint8)) for n in range(4)]
    file = tmp_path / "moving.gif"
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=80, loop=0)
    before = pixels(file)
    assert embed(file, ORIGIN)
    assert pixels(file) == before
    checked(read(file))


def test_other_programs_find_the_label_in_pictures(tmp_path):
    with Image.open(_embedded(picture(tmp_path, ".png"))) as opened:
        texts = {**opened.info, **opened.text}
        assert texts["parameters"].startswith("кошка") and "Seed: 4242" in texts["parameters"]
        assert json.loads(texts["AIGC"])["Label"] == "1"
    for suffix in (".png", ".jpg", ".webp"):
        with Image.open(_embedded(picture(tmp_path, suffix))) as opened:
            packet = ElementTree.fromstring(opened.info["xmp"])
        [described] = packet.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
        term = described.get("{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType")
        assert term == IPTC + "compositeWithTrainedAlgorithmicMedia"
        label = json.loads(described.get("{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC", ""))
        assert set(label) == LABEL
    with Image.open(_embedded(picture(tmp_path, ".jpg"))) as opened:
        comment = opened.getexif().get_ifd(0x8769)[0x9286]
        assert comment[8:].decode("utf-16-be").startswith("кошка")


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm", ".mkv"])
def test_video_keeps_every_packet_and_time(tmp_path, suffix):
    file = _clip(tmp_path, suffix)
    before, order = decoded(file), _boxes(file)
    assert read(file) is None
    assert embed(file, ORIGIN)
    checked(read(file))
    assert decoded(file) == before
    if suffix in (".mp4", ".mov"):
        after = [kind for kind in _boxes(file) if kind != b"uuid"]
        assert after == order
        assert after.index(b"moov") < after.index(b"mdat"), "the index isn't in front"
    with av.open(str(file)) as container:
        tags = {name.upper(): text for name, text in container.metadata.items()}
        assert json.loads(tags["AIGC"])["ContentProducer"] == "Atelier"
        assert tags["DIGITALSOURCETYPE"].startswith(IPTC)
    first = file.read_bytes()
    assert embed(file, ORIGIN)
    checked(read(file))
    assert decoded(file) == before
    if suffix in (".mp4", ".mov"):
        assert file.read_bytes() == first, "writing twice changes something"


def test_transparent_video_stays_transparent(tmp_path):
    file = _clip(tmp_path, ".webm")
    before = _alphas(file)
    assert len(set(before)) > 1
    assert embed(file, ORIGIN)
    assert _alphas(file) == before


def test_an_index_behind_the_pictures(tmp_path):
    file = _clip(tmp_path, ".mp4", movflags="")
    assert _boxes(file).index(b"moov") > _boxes(file).index(b"mdat")
    before = decoded(file)
    assert embed(file, ORIGIN)
    checked(read(file))
    assert decoded(file) == before


def test_a_fragmented_file_stays_as_it_is(tmp_path):
    file = _clip(tmp_path, ".mp4", movflags="frag_keyframe+empty_moov")
    before = file.read_bytes()
    assert not embed(file, ORIGIN)
    assert file.read_bytes() == before and read(file) is None


def test_a_long_sound_takes_little_memory(tmp_path):
    file, size = tmp_path / "long.wav", 48 << 20
    with file.open("wb") as out:
        out.write(
            b"RIFF"
            + struct.pack("<I", 36 + size)
            + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, 1, 48000, 96000, 2, 16)
        )
        out.write(b"data" + struct.pack("<I", size))
        out.truncate(44 + size)
    tracemalloc.start()
    assert embed(file, ORIGIN)
    assert embed(file, ORIGIN)  # what stood there is replaced
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20
    assert read(file)["seed"] == ORIGIN.seed
    assert size < file.stat().st_size < size + (1 << 16)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".m4a", ".ogg"])
def test_sound_keeps_every_sample(tmp_path, suffix):
    file = sound(tmp_path, suffix)
    before = [item for item in decoded(file) if item[0] == "AudioFrame"]
    assert embed(file, ORIGIN)
    checked(read(file))
    assert [item for item in decoded(file) if item[0] == "AudioFrame"] == before


def test_a_picture_sequence(tmp_path):
    file = tmp_path / "frames.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("frame_000000.png", picture(tmp_path, ".png").read_bytes())
    assert embed(file, ORIGIN)
    checked(read(file))


def test_a_damaged_archive_says_nothing(tmp_path):
    file = tmp_path / "frames.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("provenance.json", json.dumps({"task": "cartoon", "request": {"x": list(range(300))}}))
    good = file.read_bytes()
    assert read(file) is not None
    for at in range(45, 300, 17):
        file.write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
        assert read(file) is None, at
    file.write_bytes(
        good[:6] + bytes([1]) + good[7:].replace(b"PK\x01\x02" + good[good.index(b"PK\x01\x02") + 4 :][:4], b"")
    )
    assert read(file) is None


def test_a_document(tmp_path):
    file = tmp_path / "prompts.json"
    file.write_text('{"prompts": ["雨中的骑士"]}', encoding="utf-8")
    assert embed(file, ORIGIN)
    checked(read(file))
    assert json.loads(file.read_text(encoding="utf-8"))["prompts"] == ["雨中的骑士"]
    for text in ("[1]", "{", "[" * 50_000):
        file.write_text(text, encoding="utf-8")
        assert not embed(file, ORIGIN) and read(file) is None and file.read_text(encoding="utf-8") == text


def test_the_same_job_makes_the_same_bytes(tmp_path):
    for suffix in (".png", ".mp4", ".webm"):
        original = picture(tmp_path, suffix) if suffix == ".png" else _clip(tmp_path, suffix)
        copies = [tmp_path / f"{number}{suffix}" for number in range(2)]
        for copy in copies:
            shutil.copyfile(original, copy)
            embed(copy, ORIGIN)
        assert copies[0].read_bytes() == copies[1].read_bytes()


def test_the_kind_of_engine_decides_the_source_type():
    def term(generative: bool, sources: tuple[str, ...]) -> str:
        return Origin("t", "e", generative, 0, {}, {}, sources).source_type.removeprefix(IPTC)

    assert term(False, ("a",)) == "algorithmicallyEnhanced"
    assert Origin("t", "e", False, 0, {}, {}, ("a", "b"), composite=True).source_type == IPTC + "composite"
    assert term(True, ("a",)) == "compositeWithTrainedAlgorithmicMedia"
    assert term(True, ()) == "trainedAlgorithmicMedia"


def test_strange_files_are_read_without_harm(tmp_path):
    file = picture(tmp_path, ".png")
    embed(file, ORIGIN)
    data = file.read_bytes()
    strange = tmp_path / "strange.bin"
    for content in (
        b"",
        b"\x89PNG\r\n\x1a\n",
        data[:60],
        b"GIF89a",
        b"RIFF\x00\x00\x00\x00WEBP",
        b"\x00\x00\x00\x08ftyp",
        b"PK\x03\x04x",
    ):
        strange.write_bytes(content)
        assert read(strange) is None
    deep = '{"task": ' + "[" * 100_000 + "]" * 100_000 + "}"
    with zipfile.ZipFile(strange, "w") as archive:
        archive.writestr("provenance.json", deep)
    assert read(strange) is None


def _embedded(file: Path) -> Path:
    embed(file, ORIGIN)
    return file


def _alphas(file: Path) -> list[str]:
    """A hash of every frame with its transparency, which only libvpx decodes."""
    found = []
    with av.open(str(file)) as container:
        decoder = av.CodecContext.create("libvpx-vp9", "r")
        for packet in container.demux(container.streams.video[0]):
            for frame in decoder.decode(packet if packet.size else None):
                assert frame.format.name == "yuva420p"
                found.append(hashlib.md5(frame.reformat(format="rgba").to_ndarray().tobytes()).hexdigest())
    return found


def _boxes(file: Path) -> list[bytes]:
    data, at, found = file.read_bytes(), 0, []
    if data[4:8] != b"ftyp":
        return []
    while at < len(data):
        found.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4], "big")
    return found


def _clip(folder: Path, suffix: str, movflags: str = "+faststart") -> Path:
    """A second of picture and sound, its packets copied or coded anew for the container."""
    source = make_clip(folder / "source.mp4", sound=["stereo"], flash_at=5, options={"preset": "veryfast"})
    target = folder / f"clip{suffix}"
    options = {"movflags": movflags} if suffix in (".mp4", ".mov") and movflags else {}
    with av.open(str(source)) as original, av.open(str(target), "w", options={**options, "fflags": "+bitexact"}) as out:
        if suffix != ".webm":
            made = {stream.index: out.add_stream_from_template(stream) for stream in original.streams}
            for packet in original.demux():
                if packet.dts is not None:
                    packet.stream = made[packet.stream.index]
                    out.mux(packet)
        else:
            _to_webm(original, out)
    source.unlink()
    return target


def _to_webm(original: av.container.InputContainer, out: av.container.OutputContainer) -> None:
    video = out.add_stream(
        "libvpx-vp9", rate=24, options={"deadline": "realtime", "cpu-used": "8", "auto-alt-ref": "0"}
    )
    video.pix_fmt = "yuva420p"
    first = original.streams.video[0]
    video.width, video.height = first.width, first.height
    audio = out.add_stream("libopus", rate=48000)
    resampler = av.AudioResampler("s16", "stereo", 48000, frame_size=960)
    for frame in original.decode(first, *original.streams.audio[:1]):
        if isinstance(frame, av.VideoFrame):
            frame.pict_type = 0
            out.mux(video.encode(frame.reformat(format="yuva420p")))
        else:
            for part in resampler.resample(frame):
                out.mux(audio.encode(part))
    for part in resampler.resample(None):
        out.mux(audio.encode(part))
    out.mux(audio.encode(None))
    out.mux(video.encode(None))
