"""The library: what comes in, what is found again, what is kept apart, and what leaves."""

import shutil
import subprocess
import threading
import zipfile
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from studio import provenance
from studio.errors import BadInput, DiskFull, LimitReached, NotFound, Unavailable
from studio.limits import told_when_full
from studio.sendto import places
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks import flatten, tasks
from tests.media.clips import make_clip
from tests.voice.films import film

PACKAGE = "tests.studio.engines"


def make(folder: Path, **settings) -> Studio:
    return Studio(Settings(data_dir=folder, device="cpu", **settings), package=PACKAGE)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return make(tmp_path / "data")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return drawn(tmp_path / "picture.png", 1)


def drawn(file: Path, seed: int, size: tuple[int, int] = (64, 48)) -> Path:
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    Image.fromarray(noise).save(file)
    return file


def files_in(studio: Studio) -> list[Path]:
    return [file for file in (studio.settings.data_dir / "library").rglob("*") if file.is_file()]


def test_the_kind_is_seen_in_the_content(studio, tmp_path, picture):
    liar = tmp_path / "page.html"
    shutil.copyfile(picture, liar)
    asset = studio.library.add(liar, "ann")
    assert (asset.kind, asset.mime, asset.path.suffix, asset.name) == ("image", "image/png", ".png", "page.html")
    clip = studio.library.add(make_clip(tmp_path / "clip.mp4", sound=["mono"]), "ann", name="clip.svg")
    assert (clip.kind, clip.mime, clip.path.suffix) == ("video", "video/mp4", ".mp4")
    assert (clip.width, clip.height, clip.seconds) == (128, 72, pytest.approx(1.0, abs=0.05))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"just text",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD></MPD>",
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"RIFF\x00\x00\x00\x00WAVE",
    ],
)
def test_what_is_no_medium_is_refused_and_leaves_nothing(studio, tmp_path, content):
    file = tmp_path / "upload.mp4"
    file.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        studio.library.add(file, "ann", name="holiday.mp4")
    assert caught.value.params["name"] == "holiday.mp4", "a temporary name is shown"
    assert files_in(studio) == [] and studio.library.list("ann") == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\Users\\ann\\картинка 图.png", "картинка 图.png"),
        ('a<b>"c|?*\n.png', "abc.png"),
        ("...", "file"),
        ("x" * 400 + ".png", "x" * 130 + ".png"),
    ],
)
def test_names_are_cleaned(studio, picture, given, kept):
    assert studio.library.add(picture, "ann", name=given).name == kept


def test_the_same_file_from_many_hands_is_one_asset_an_owner(studio, picture):
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(studio.library.add(picture, "ann").id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    other = studio.library.add(picture, "bob")
    assert other.id not in found
    studio.library.delete([found[0]], "ann")
    assert other.path.is_file(), "an owner's delete took another's file"
    assert len({file.parent for file in files_in(studio)}) == 1


def test_limits_of_a_home(tmp_path, picture):
    small = make(tmp_path / "small", max_upload_mb=1, max_pixels=1000)
    with pytest.raises(LimitReached, match="megapixels"):
        small.library.add(picture, "ann")
    large = tmp_path / "large.png"
    large.write_bytes(picture.read_bytes() + bytes(2 << 20))
    with pytest.raises(LimitReached, match="1 MB"):
        small.library.add(large, "ann")
    tight = make(tmp_path / "tight", owner_quota_gb=12_000 / 1024**3, total_quota_gb=15_000 / 1024**3)
    first = tight.library.add(picture, "ann")
    assert 6000 < first.bytes < 12_000
    with pytest.raises(LimitReached, match="gallery"):
        tight.library.add(drawn(tmp_path / "second.png", 2), "ann")
    with pytest.raises(LimitReached, match="administrator"):
        tight.library.add(drawn(tmp_path / "second.png", 2), "bob")
    tight.library.delete([first.id], "ann")
    assert tight.library.add(tmp_path / "second.png", "ann").bytes > 6000
    with pytest.raises(DiskFull):
        tight.limits.check_room(tmp_path / "not" / "yet", 1 << 60)


def test_a_disk_that_is_nearly_full(tmp_path, picture):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no right to mount a small disk")
    try:
        studio = make(disk / "data")
        with pytest.raises(DiskFull, match="nearly full"):
            studio.library.add(picture, "ann")
        assert files_in(studio) == []
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_writing_to_a_full_disk_has_its_sentence():
    with (
        pytest.raises(DiskFull, match="nearly full"),
        told_when_full(10),
        Path("/dev/full").open("wb", buffering=0) as disk,
    ):
        disk.write(b"x")


def test_finding_files_again(studio, tmp_path):
    names = ("Кошка в саду.png", "Dog at SEA.png", "夏天的图.png")
    ids = [studio.library.add(drawn(tmp_path / "a.png", n), "ann", name=name).id for n, name in enumerate(names)]
    clip = studio.library.add(make_clip(tmp_path / "clip.mp4"), "ann").id
    assert [asset.id for asset in studio.library.list("ann")] == [clip, *reversed(ids)]
    for text, found in (("КОШКА", 0), ("at sea", 1), ("夏天", 2)):
        assert [asset.id for asset in studio.library.list("ann", text=text)] == [ids[found]]
    assert studio.library.list("ann", text="100%") == []
    studio.library.tag(ids[0], "ann", ["Сад", " сад", '"quoted" 图', ""])
    studio.library.tag(ids[1], "ann", ["Сад"])
    assert [asset.id for asset in studio.library.list("ann", tag='"quoted" 图')] == [ids[0]]
    assert [asset.id for asset in studio.library.list("ann", tag="Сад")] == [ids[1], ids[0]]
    assert [asset.id for asset in studio.library.list("ann", text="quoted")] == [ids[0]]
    assert next(iter(studio.library.tags("ann").items())) == ("Сад", 2)
    assert studio.library.tags("bob") == {}
    page = studio.library.list("ann", limit=2)
    rest = studio.library.list("ann", limit=9, before=page[-1].created)
    assert [asset.id for asset in (*page, *rest)] == [clip, *reversed(ids)]
    assert [asset.id for asset in studio.library.list("ann", kind="video")] == [clip]


def test_a_file_that_a_job_needs_stays(studio, picture):
    source = studio.library.add(picture, "ann")
    job = studio.submit("cartoon", {"source": source.id, "height": 1}, "ann")
    with pytest.raises(Unavailable, match="cancel the job"):
        studio.library.delete([source.id], "ann")
    assert source.path.is_file()
    studio.cancel(job.id, "ann")
    assert studio.library.delete([source.id, source.id], "ann") == 1
    assert files_in(studio) == []
    with pytest.raises(NotFound):
        studio.retry(job.id, "ann")


def test_deleting_is_all_or_nothing(studio, tmp_path):
    mine = studio.library.add(drawn(tmp_path / "a.png", 1), "ann")
    theirs = studio.library.add(drawn(tmp_path / "b.png", 2), "bob")
    with pytest.raises(NotFound):
        studio.library.delete([mine.id, theirs.id], "ann")
    assert mine.path.is_file() and theirs.path.is_file()


def test_an_archive_holds_every_file_under_a_name_of_its_own(studio, tmp_path):
    ids = [
        studio.library.add(drawn(tmp_path / "a.png", n), "ann", name=name).id
        for n, name in enumerate(["图.png", "图.png", "图.PNG"])
    ]
    archive = studio.library.zip(ids, "ann")
    with zipfile.ZipFile(archive) as opened:
        assert opened.namelist() == ["图.png", "图 (2).png", "图 (3).PNG"]
        assert opened.testzip() is None
    assert archive.is_relative_to(studio.settings.data_dir / "tmp")


def test_results_carry_their_settings_and_give_them_back(tmp_path, picture):
    studio = make(tmp_path / "data")
    studio.start()
    source = studio.library.add(picture, "ann")
    values = {"source": source.id, "engine": "trouble", "style": "cel", "cel_colours": 7, "calm": 0.25}
    job = list(studio.watch(studio.submit("cartoon", values, "ann").id, "ann", 20))[-1]
    studio.close()
    [made] = studio.library.list("ann", role="output")
    record = provenance.read(made.path)
    assert record["seed"] == job.seed and record["request"]["cel_colours"] == 7
    assert source.id not in made.path.read_bytes().decode("latin-1"), "an id of the library leaves the house"
    again = studio.recall(made.id, "ann")
    assert again.task == "cartoon" and again.values["source"] == source.id and again.values["seed"] == job.seed
    assert {name: again.values[name] for name in values} == values
    studio.library.delete([source.id], "ann")
    assert "source" not in studio.recall(made.id, "ann").values
    brought = studio.library.add(made.path, "bob", name="a gift.png")
    theirs = studio.recall(brought.id, "bob")
    assert "source" not in theirs.values and theirs.values["cel_colours"] == 7 and theirs.values["seed"] == job.seed
    with pytest.raises(NotFound):
        studio.recall(made.id, "bob")


def test_settings_of_strangers_are_taken_with_care(studio, tmp_path, picture):
    origin = provenance.Origin(
        "cartoon",
        "x",
        False,
        3,
        {"style": "cel", "cel_colours": 999, "output_format": "exe", "nonsense": [1], "source": "a"},
    )
    provenance.embed(picture, origin)
    values = studio.recall(studio.library.add(picture, "ann").id, "ann").values
    assert values == {"style": "cel", "seed": 3}
    unknown = drawn(tmp_path / "other.png", 4)
    provenance.embed(unknown, provenance.Origin("no such task", "x", False, 3, {}))
    for file in (unknown, drawn(tmp_path / "plain.png", 5)):
        with pytest.raises(NotFound, match="doesn't tell"):
            studio.recall(studio.library.add(file, "ann").id, "ann")


def test_where_a_file_can_go():
    first = places("image")[0]
    assert (first.task, first.field, first.main) == (next(iter(tasks())), "picture", True)
    for kind in ("image", "video"):
        for place in places(kind):
            [field] = [field for field in flatten(tasks()[place.task].request) if field.name == place.field]
            assert kind in field.media and place.title == field.info.title
    assert [place for place in places("audio") if place.task == "cartoon"] == []


def test_tokens_and_confirmations(studio):
    token, secret = studio.tokens.create("ann", " my script ")
    assert (
        studio.tokens.owner(secret) == "ann"
        and studio.tokens.owner(secret + "x") is None
        and studio.tokens.owner("") is None
    )
    assert [(item.id, item.name) for item in studio.tokens.list("ann")] == [(token.id, "my script")]
    assert studio.tokens.list("ann")[0].used and studio.tokens.list("bob") == []
    assert secret.encode() not in studio.settings.database.read_bytes()
    with pytest.raises(NotFound):
        studio.tokens.revoke(token.id, "bob")
    studio.tokens.revoke(token.id, "ann")
    assert studio.tokens.owner(secret) is None
    assert not studio.rights.confirmed("ann", "face_swap")
    studio.rights.confirm("ann", "face_swap")
    studio.rights.confirm("ann", "face_swap")
    assert studio.rights.confirmed("ann", "face_swap") and not studio.rights.confirmed("bob", "face_swap")
    studio.rights.demand("ann", "face_swap")
    studio.rights.withdraw("ann", "face_swap")
    assert not studio.rights.confirmed("ann", "face_swap")


def test_a_film_that_cannot_be_shown_is_told_by_the_name_that_it_came_with(studio: Studio, tmp_path: Path) -> None:
    """All of its frames are said to be at the same time."""
    with av.open(str(film(tmp_path / "film.mp4", 1.0, None))) as source, av.open(str(tmp_path / "q.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for frame in source.decode(video=0):
            frame.pts = None
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(BadInput, match="电影.mp4"):
        studio.library.add(tmp_path / "q.mp4", "ann", name="电影.mp4")
    assert studio.library.usage("ann") == 0
