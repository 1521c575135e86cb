"""The embedded engine on real and drawn files: what it says, what it leaves unsaid, and a batch that nothing stops."""

import csv
import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from engines.describe import classical
from engines.describe._batch import sidecar_names
from engines.vision.describe.phrases import LANGUAGES, phrases
from engines.words.tags import library
from studio.errors import Cancelled
from studio.paths import ASSETS
from studio.tasks.describe import DescribeRequest
from tests.describe.drawn import describe, place, stripes

SAMPLES = ASSETS / "samples"


def save(folder: Path, name: str, picture: np.ndarray, **settings) -> Path:
    Image.fromarray(picture).save(folder / name, **settings)
    return folder / name


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """What is said of the samples, by name."""
    files = sorted(SAMPLES.glob("*.jpg"))
    found = describe(tmp_path_factory.mktemp("samples"), *files, language="ru").pictures
    return {one.name.removesuffix(".jpg"): one for one in found}


def test_the_astronaut(samples):
    one = samples["astronaut"]
    said = one.caption.split(", ")
    assert {"one person", "facing the viewer", "smiling with parted lips", "fair skin", "framed in a square"} <= set(
        said
    )
    assert "orange" in one.caption and "front view" in one.tags and not one.problem
    assert "улыбается, губы приоткрыты" in [line.text for line in one.sheet.lines]


def test_the_girl_with_the_earring(samples):
    """Her scarf is no hair, and she doesn't smile."""
    one = samples["girl_with_a_pearl_earring"]
    assert "set against a plain black background" in one.caption and "lit in low key" in one.caption
    assert "turning the head to the left" in one.caption and "three-quarter view" in one.tags
    assert "hair" not in one.caption and "smil" not in one.caption


def test_mona_lisa(samples):
    """Nothing is said of what nobody agrees about."""
    one = samples["mona_lisa"]
    assert "waist-up shot" in one.tags
    assert not [word for word in ("smil", "profile", "glasses", "close-up", "blonde") if word in one.caption]


def test_captions_and_sheets_have_their_form(samples):
    known = library().number
    for one in samples.values():
        assert one.caption == one.caption.lower()
        assert one.caption.split(", ") == [line.english for line in one.sheet.lines]
        assert one.caption.split(", ")[0] == "one person"
        assert all(tag in known for tag in one.tags) and len(set(one.tags)) == len(one.tags)
        assert all(any("а" <= letter <= "я" for letter in line.text.lower()) for line in one.sheet.lines)
        assert one.facts["faces"] == "1" and "%" in one.facts["palette"]


def test_turned_by_exif_is_the_same_picture(tmp_path, samples):
    """The camera's note says how to hold it; the pixels lie on their side."""
    with Image.open(SAMPLES / "astronaut.jpg") as picture:
        exif = picture.getexif()
        exif[0x0112] = 6
        picture.rotate(90, expand=True).save(tmp_path / "turned.jpg", quality=95, exif=exif)
    (one,) = describe(tmp_path, tmp_path / "turned.jpg").pictures
    assert {"facing the viewer", "smiling with parted lips"} <= set(one.caption.split(", "))
    assert one.facts["turn"] == samples["astronaut"].facts["turn"]


def test_a_line_drawing_and_flat_colours_are_told_and_nobody_is_seen(tmp_path):
    lines = Image.new("L", (400, 300), 255)
    pen = ImageDraw.Draw(lines)
    for step in range(8):
        pen.ellipse((20 + step * 20, 20 + step * 10, 380 - step * 20, 280 - step * 10), outline=0, width=2)
    lines.save(tmp_path / "lines.png")
    flat = save(tmp_path, "flat.png", stripes("#d81e1e", "#f5d020", "#1f5fd0", width=400, height=300))
    drawn, coloured = describe(tmp_path, tmp_path / "lines.png", flat).pictures
    assert "drawn in lines alone" in drawn.caption and "black and white" in drawn.caption
    assert "drawn in flat colours" in coloured.caption and "person" not in coloured.caption
    assert {"red", "yellow", "blue"} <= set(coloured.caption.replace(",", "").split())


def test_a_camera_says_photographed(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8769)[0x829A] = 0.01
    noise = np.random.default_rng(0).integers(0, 255, (80, 120, 3), np.uint8)
    save(tmp_path, "camera.jpg", noise, exif=exif)
    save(tmp_path, "plain.jpg", noise)
    camera, plain = describe(tmp_path, tmp_path / "camera.jpg", tmp_path / "plain.jpg").pictures
    assert "photographed" in camera.caption and "photographed" not in plain.caption


def test_alpha_one_pixel_and_strips(tmp_path):
    cut_out = np.zeros((120, 90, 4), np.uint8)
    cut_out[30:90, 20:70] = (31, 95, 208, 255)
    files = [
        save(tmp_path, "cut.png", cut_out),
        save(tmp_path, "pixel.png", np.full((1, 1, 3), 128, np.uint8)),
        save(tmp_path, "strip.png", np.full((3, 3000, 3), (216, 30, 30), np.uint8)),
        save(tmp_path, "nothing.png", np.zeros((50, 50, 4), np.uint8)),
    ]
    cut, pixel, strip, nothing = describe(tmp_path, *files).pictures
    assert "cut out on a transparent background" in cut.caption and "filled with blue" in cut.caption
    assert "filled with grey" in pixel.caption and "person" not in pixel.caption
    assert "framed as a panorama" in strip.caption and "filled with red" in strip.caption
    assert not any(one.problem for one in (cut, pixel, strip, nothing))


@pytest.fixture
def mixed(tmp_path):
    """A good picture between bad ones, with names of several scripts."""
    good = save(tmp_path, "好图.png", stripes("#d81e1e", "#1f5fd0"))
    broken = tmp_path / "битая.jpg"
    broken.write_bytes((SAMPLES / "mona_lisa.jpg").read_bytes()[:20_000])
    text = tmp_path / "text.png"
    text.write_text("no picture")
    (tmp_path / "other").mkdir()
    twin = Path(shutil.copy(good, tmp_path / "other" / "好图.jpg"))
    huge = tmp_path / "huge.png"
    Image.new("1", (12_000, 8_000)).save(huge)
    return [broken, good, text, tmp_path / "absent.png", huge, twin]


def test_one_bad_picture_never_stops_the_rest(tmp_path, mixed):
    run = place(tmp_path)
    found = classical.run(DescribeRequest(pictures=tuple(map(str, mixed)), language="zh-CN"), run)
    assert [bool(one.problem) for one in found.pictures] == [True, False, True, True, True, False]
    for file, one in zip(mixed, found.pictures, strict=True):
        assert one.name == file.name
        assert file.name in one.problem if one.problem else one.caption
    assert "12000" in found.pictures[4].problem and found.pictures[4].caption == ""
    assert run.host.notes == []


@pytest.mark.parametrize("write", ["txt", "csv", "jsonl"])
def test_captions_as_files(tmp_path, mixed, write):
    found = describe(tmp_path, *mixed, write=write, trigger="Лиза")
    good = [one for one in found.pictures if not one.problem]
    assert len(good) == 2 and all(one.caption.startswith("Лиза, ") for one in good)
    made = Path(found.output).read_bytes()
    if write == "txt":
        archive = zipfile.ZipFile(io.BytesIO(made))
        assert archive.namelist() == ["好图.txt", "好图 (2).txt"]
        assert archive.read("好图.txt").decode() == good[0].caption + "\n"
    elif write == "csv":
        rows = list(csv.DictReader(io.StringIO(made.decode())))
        assert [(row["file_name"], row["text"]) for row in rows] == [(one.name, one.caption) for one in good]
    else:
        rows = [json.loads(line) for line in made.decode().splitlines()]
        assert [(row["file_name"], row["text"]) for row in rows] == [(one.name, one.caption) for one in good]


def test_nothing_good_writes_nothing_and_says_so(tmp_path, mixed):
    run = place(tmp_path)
    found = classical.run(DescribeRequest(pictures=(str(mixed[0]),), write="txt"), run)
    assert found.output is None and found.pictures[0].problem
    assert [key for key, _ in run.host.notes] == ["describe.none"]
    assert list((tmp_path / "out").iterdir()) == []


def test_a_batch_can_be_cancelled(tmp_path):
    run = place(tmp_path)
    seen = []

    def cancelled():
        seen.append(run.host.done)
        return run.host.done[0] >= 1

    run.host.cancelled = cancelled
    file = save(tmp_path, "a.png", stripes("#d81e1e"))
    with pytest.raises(Cancelled):
        classical.run(DescribeRequest(pictures=(str(file),) * 5), run)
    assert run.host.done == (1, 5)


def test_no_picture_is_no_request():
    with pytest.raises(ValueError, match="pictures"):
        DescribeRequest.model_validate({})
    with pytest.raises(ValueError, match="pictures"):
        DescribeRequest(pictures=())


def test_sidecars_are_numbered_however_names_are_written():
    assert sidecar_names(["a.png", "A.jpg", "a (2).png", "a.webp", ".png"]) == [
        "a.txt", "A (2).txt", "a (2) (2).txt", "a (3).txt", ".png.txt",
    ]  # fmt: skip


def test_phrases_are_whole_and_their_tags_are_in_the_library():
    known = library().number
    for phrase in phrases().values():
        assert phrase.words["en"] == phrase.words["en"].lower()
        assert all("," not in phrase.words["en"] and phrase.words[lang].strip() for lang in LANGUAGES)
        assert all(("{colours}" in phrase.words[lang]) == ("{colours}" in phrase.words["en"]) for lang in LANGUAGES)
        assert phrase.tag in known or not phrase.tag or "{colours}" in phrase.tag
