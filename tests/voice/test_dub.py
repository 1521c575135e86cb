"""Dub: lines begin with their cues and are fitted, nothing short is stretched, the film's sound ducks, its picture is untouched."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

from engines.audio.files import read_sound
from engines.audio.loudness import loudness, true_peak
from engines.audio.master import mastered
from engines.audio.mixing import duck_gain, merged, mixed
from engines.audio.spool import Spool
from engines.dub import espeak as dubbing
from engines.dub._fit import fit
from engines.speech.subtitles import as_srt, own_lines, read_lines
from studio.errors import BadInput, Cancelled, StudioError
from studio.memory import Residency
from studio.run import Run
from studio.tasks.dub import DubRequest, DubResult
from tests.audio.sounds import tone, voice
from tests.voice.films import film, picture_packets

MEMORY = Residency(lambda device: 1 << 30)
LINES = """1
00:00:00,500 --> 00:00:02,500
Anna: Good morning!

2
00:00:03,000 --> 00:00:04,000
<i>Boris: What a very long sentence this is for one second only.</i>

3
00:00:06,200 --> 00:00:08,000
Anna: Доброе утро.

4
00:00:08,500 --> 00:00:09,500
[music]
"""


@pytest.fixture(scope="module")
def dubbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DubResult, list[dict]]:
    place = tmp_path_factory.mktemp("dub")
    source = film(place / "in.mp4", 10.0, tone(440, 10.0, 44100, 0.1))
    (place / "lines.srt").write_text(LINES, encoding="utf-8")
    result = dub(place, source, srt=str(place / "lines.srt"), under="replaced", cast="Anna=nora; Boris=mark")
    return source, result, json.loads(Path(result.report).read_text(encoding="utf-8"))["lines"]


def dub(place: Path, source: Path, **values: object) -> DubResult:
    run = Run.local(place / "work", place / "out", memory=MEMORY)
    return dubbing.run(DubRequest(video=str(source), **values), run)


def onset(sound: np.ndarray, rate: int, near: float) -> float:
    """When sound begins after ``near`` - 0.15 s, where it was silent."""
    part = np.abs(sound[round((near - 0.15) * rate) : round((near + 0.5) * rate)])
    return float(np.flatnonzero(part > 0.02 * np.abs(sound).max())[0]) / rate + near - 0.15


def test_lines_begin_with_their_cues_and_the_picture_is_untouched(dubbed: tuple) -> None:
    source, result, rows = dubbed
    assert picture_packets(Path(result.output)) == picture_packets(source)
    sound, rate = read_sound(Path(result.output))
    assert abs(len(sound) / rate - 10.0) < 0.1
    for row in (rows[0], rows[2]):
        assert abs(onset(sound, rate, row["start"]) - row["start"]) < 0.02
    assert 20 * np.log10(true_peak(sound)) < -0.5


def test_lines_are_fitted_and_told(dubbed: tuple) -> None:
    _, result, rows = dubbed
    assert [row["name"] for row in rows] == ["Anna", "Boris", "Anna"]
    assert rows[0]["voice"] == rows[2]["voice"] != rows[1]["voice"]
    assert rows[0]["action"] == "kept"
    assert rows[0]["end"] < rows[0]["slot_end"]
    assert rows[1]["faster"] == 1.2
    assert rows[1]["action"] in ("borrowed", "stretched")
    assert rows[1]["end"] <= rows[2]["start"]
    assert result.lines == 3
    srt = read_lines(Path(result.subtitles), "a.srt", {})
    assert [round(line.end_s, 2) for line in srt] == [round(row["end"], 2) for row in rows]


def test_the_own_sound_ducks_smoothly_and_comes_back(tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", 6.0, tone(440, 6.0, 48000, 0.1), 48000)
    (tmp_path / "a.vtt").write_text("WEBVTT\n\n00:02.000 --> 00:03.500\n<v Anna>Good morning, everybody.</v>\n")
    result = dub(tmp_path, source, srt=str(tmp_path / "a.vtt"), duck=18.0)
    sound, rate = read_sound(Path(result.output))
    assert np.abs(sound[rate : 3 * rate // 2]).max() == pytest.approx(0.1, abs=0.02)
    assert np.abs(sound[5 * rate : 11 * rate // 2]).max() == pytest.approx(0.1, abs=0.02)
    span = merged([(2.0, 3.0), (3.3, 3.5)])
    assert span == [(2.0, 3.5)]
    gain = duck_gain(span, 0, 6 * 48000, 18.0)
    assert 20 * np.log10(gain[48000 * 2 : 168000]).max() == pytest.approx(-18, abs=0.01)
    assert np.abs(np.diff(20 * np.log10(gain))).max() < 0.01


@pytest.mark.parametrize("channels", [1, 2])
def test_lines_are_as_loud_in_two_channels_as_in_one(tmp_path: Path, channels: int) -> None:
    line = mastered(voice(3.0), 22050)
    voices, *own = (Spool(tmp_path / f"{number}.f32", 48000) for number in range(channels + 1))
    for spool, sound in ((voices, line), *((spool, np.zeros(len(line))) for spool in own)):
        spool.fill([sound])
    made = np.concatenate(list(mixed(voices, own, [(0.0, 3.0)], 15.0, True, lambda: None)))
    assert made.shape == (len(line), channels)
    assert loudness([made], 48000, channels) == pytest.approx(-16, abs=0.5)


def test_a_film_without_sound_and_its_own_subtitles(tmp_path: Path) -> None:
    silent = film(tmp_path / "silent.mp4", 3.0, None)
    (tmp_path / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello there.\n")
    with (
        av.open(str(silent)) as source,
        av.open(str(tmp_path / "a.srt")) as written,
        av.open(str(tmp_path / "in.mkv"), "w") as out,
    ):
        picture = out.add_stream_from_template(source.streams.video[0])
        words = out.add_stream_from_template(written.streams.subtitles[0])
        for made, packets in ((picture, source.demux(source.streams.video[0])), (words, written.demux())):
            for packet in packets:
                if packet.size:
                    packet.stream = made
                    out.mux(packet)
    [found] = own_lines(tmp_path / "in.mkv", "in.mkv", {})
    assert (found.text, round(found.start_s, 2), round(found.end_s, 2)) == ("Hello there.", 1.0, 2.0)
    result = dub(tmp_path, tmp_path / "in.mkv")
    assert Path(result.output).suffix == ".mkv"
    sound, rate = read_sound(Path(result.output))
    assert abs(onset(sound, rate, 1.0) - 1.0) < 0.02
    with pytest.raises(BadInput):
        dub(tmp_path, silent)


def test_short_lines_keep_their_pace_and_long_ones_take_their_turn() -> None:
    asked: list[float] = []

    def say(rate: float) -> tuple[np.ndarray, int]:
        asked.append(rate)
        return np.zeros(round(2 * 8000 / rate), np.float32), 8000

    assert fit(say, 5.0, 9.0, 1.2, 1.1).action == "kept"
    assert asked == [1.0]
    assert fit(say, 1.9, 1.9, 1.2, 1.1).action == "faster"
    borrowed = fit(say, 1.0, 4.0, 1.2, 1.1)
    assert (borrowed.action, borrowed.faster, borrowed.stretch) == ("borrowed", 1.2, 1.0)
    pressed = fit(say, 1.5, 1.58, 1.2, 1.1)
    assert pressed.action == "stretched"
    assert len(pressed.samples) / 8000 <= 1.581
    over = fit(say, 1.0, 1.0, 1.2, 1.1)
    assert over.action == "overflow"
    assert over.overflow_s == pytest.approx(2 / 1.2 / 1.1 - 1, abs=0.01)


def test_it_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    source = film(tmp_path / "in.mp4", 10.0, None)
    (tmp_path / "a.srt").write_text(LINES, encoding="utf-8")
    run = Run.local(tmp_path / "work", tmp_path / "out", memory=MEMORY)
    run.host.cancelled = lambda: run.host.done[0] >= 1  # type: ignore[attr-defined, method-assign]
    request = DubRequest(video=str(source), srt=str(tmp_path / "a.srt"))
    with pytest.raises(Cancelled):
        dubbing.run(request, run)
    assert not list((tmp_path / "out").iterdir())
    [kept] = (tmp_path / "work").glob("line-*.npz")
    written = kept.stat().st_mtime_ns
    resumed = dub(tmp_path, source, srt=str(tmp_path / "a.srt"))
    assert kept.stat().st_mtime_ns == written
    fresh = dub(tmp_path / "fresh", source, srt=str(tmp_path / "a.srt"))
    assert Path(resumed.output).read_bytes() == Path(fresh.output).read_bytes()


@pytest.mark.parametrize(
    "text",
    ["", "no times at all", "1\n00:00:01,000 --> 00:00:02,000\n[music]\n", "\u200b" * 50, "1\n99:99 -> 1\nHello\n"],
)
def test_what_has_no_lines_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.srt").write_text(text, encoding="utf-8")
    with pytest.raises(StudioError) as told:
        read_lines(tmp_path / "a.srt", "a.srt", {})
    assert "a.srt" in str(told.value)


def test_odd_subtitles_are_read(tmp_path: Path) -> None:
    text = "\ufeff1\r\n00:00:05,000 --> 00:00:04,000\r\nSecond &amp; last\r\n\r\n"
    text += "2\r\n00:00:01.5 --> 00:00:02,000 X1:0\r\n{\\an8}First: yes\r\nand more\r\n"
    (tmp_path / "a.srt").write_bytes(text.encode())
    first, second = read_lines(tmp_path / "a.srt", "a.srt", {})
    assert (first.text, first.name, first.start_s) == ("First: yes and more", "", 1.5)
    assert (second.text, second.start_s) == ("Second & last", 5.0)
    assert second.end_s > second.start_s
    (tmp_path / "b.srt").write_text(as_srt([first, second]), encoding="utf-8")
    assert read_lines(tmp_path / "b.srt", "b.srt", {}) == [first, second]
    [named, _] = read_lines(tmp_path / "a.srt", "a.srt", {"first": "nora"})
    assert (named.name, named.text) == ("First", "yes and more")
