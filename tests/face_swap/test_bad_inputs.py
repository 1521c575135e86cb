"""Photos, targets and names that can't be used: one sentence with a remedy, in each language, and nothing half-written."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from engines.arrays import Bytes
from engines.media.picture import read_picture, write_picture
from studio.cli import FAILED, main
from studio.errors import LimitReached, StudioError
from studio.tasks.face_swap import FaceSwapRequest
from studio.texts import languages
from tests.face_swap.sitting import ASTRONAUT, MONA_LISA, PEARL, finder, local, sitter, sitting, swap
from tests.media.clips import decoded, make_clip

ENDS = {"en": ".…", "ru": ".…", "zh-CN": "。…"}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    write_picture(tmp_path / "target.png", sitter(0, 240, 136))
    return tmp_path / "target.png"


def face_of(name: str, side: int) -> Bytes:
    """A sample, ``side`` pixels high and wide, its face in the middle."""
    left, top, size = {ASTRONAUT: (115, 0, 230), MONA_LISA: (130, 100, 460), PEARL: (120, 170, 800)}[name]
    square = read_picture(Path(name))[top : top + size, left : left + size]
    return np.asarray(cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA))


def refused(folder: Path, of: str, target: Path | str, **settings: object) -> StudioError:
    """The error that a swap ends in: its sentences name ``of``, and nothing was written."""
    with pytest.raises(StudioError) as caught:
        swap(target, local(folder / "job"), **settings)
    error = caught.value
    told = {lang: error.text(lang) for lang in languages()}
    assert len(set(told.values())) == len(told)
    for lang, sentence in told.items():
        assert of in sentence and "{" not in sentence and "\n" not in sentence
        assert sentence[-1] in ENDS[lang]
        assert any(mark in sentence for mark in (";", "；", ",", "，")), "no remedy"
    assert not list((folder / "job" / "out").iterdir())
    return error


def blank(path: Path) -> None:
    write_picture(path, np.full((200, 200, 3), 120, np.uint8))


def noise(path: Path) -> None:
    write_picture(path, np.random.default_rng(1).integers(0, 256, (200, 200, 3), np.uint8))


def cat(path: Path) -> None:
    """A drawn animal: round, with ears, slit eyes, whiskers."""
    picture = np.full((300, 300, 3), 200, np.uint8)
    cv2.circle(picture, (150, 160), 95, (150, 110, 60), -1)
    for x in (90, 210):
        cv2.fillPoly(picture, [np.array([[x - 35, 110], [x, 20], [x + 35, 110]])], (150, 110, 60))
        cv2.ellipse(picture, (150 + (x - 150) * 2 // 3, 140), (20, 14), 0, 0, 360, (190, 220, 60), -1)
        cv2.ellipse(picture, (150 + (x - 150) * 2 // 3, 140), (4, 14), 0, 0, 360, (0, 0, 0), -1)
        for rise in (-20, 0, 20):
            cv2.line(picture, (150 + (x - 150) // 3, 190), (x + (x - 150) * 3 // 2, 190 + rise), (255, 255, 255), 2)
    cv2.fillPoly(picture, [np.array([[138, 175], [162, 175], [150, 190]])], (230, 130, 140))
    write_picture(path, picture)


def comic(path: Path) -> None:
    """A drawn face in the manner of a comic: two dots and lines."""
    picture = np.full((300, 300, 3), 255, np.uint8)
    cv2.circle(picture, (150, 150), 100, (255, 220, 180), -1)
    cv2.circle(picture, (150, 150), 100, (0, 0, 0), 3)
    for x in (115, 185):
        cv2.circle(picture, (x, 130), 8, (0, 0, 0), -1)
    cv2.ellipse(picture, (150, 180), (40, 25), 0, 10, 170, (0, 0, 0), 4)
    write_picture(path, picture)


@pytest.mark.parametrize("draw", [blank, noise, cat])
def test_a_photo_without_a_face_is_named(tmp_path: Path, target: Path, draw: Callable[[Path], None]) -> None:
    draw(tmp_path / "photo 2.png")
    error = refused(tmp_path, "photo 2.png", target, source=(MONA_LISA, str(tmp_path / "photo 2.png")))
    assert error.key == "face_swap.no_face"


def test_a_comic_with_two_eyes_and_a_mouth_counts_as_a_face(tmp_path: Path, target: Path) -> None:
    comic(tmp_path / "comic.png")
    made = read_picture(Path(swap(target, local(tmp_path), source=(str(tmp_path / "comic.png"),)).output))
    assert np.abs(made.astype(int) - sitter(0, 240, 136)).mean() > 2


def test_a_photo_in_the_map_is_named_too(tmp_path: Path, target: Path) -> None:
    blank(tmp_path / "b.png")
    assert refused(tmp_path, "b.png", target, map={"person1": (str(tmp_path / "b.png"),)}).key == "face_swap.no_face"


def test_a_tiny_face(tmp_path: Path, target: Path) -> None:
    picture = np.full((240, 240, 3), 90, np.uint8)
    picture[90:150, 90:150] = face_of(MONA_LISA, 60)
    write_picture(tmp_path / "far.png", picture)
    error = refused(tmp_path, "far.png", target, source=(str(tmp_path / "far.png"),))
    assert error.key == "face_swap.tiny_face"
    assert error.params["size"] < 40 == error.params["least"]


def test_two_faces_in_a_photo(tmp_path: Path, target: Path) -> None:
    write_picture(tmp_path / "pair.png", np.hstack([face_of(MONA_LISA, 200), face_of(ASTRONAUT, 200)]))
    error = refused(tmp_path, "pair.png", target, source=(str(tmp_path / "pair.png"),))
    assert (error.key, error.params["count"]) == ("face_swap.which_face", 2)


def test_of_several_faces_in_a_picture_of_somebody_the_middle_one_is_meant(tmp_path: Path) -> None:
    crowd = np.hstack([face_of(PEARL, 200), face_of(ASTRONAUT, 200), face_of(PEARL, 200)])
    write_picture(tmp_path / "crowd.png", crowd)
    write_picture(tmp_path / "head.png", crowd[:, 60:540])
    settings = {"map": {"anna": (MONA_LISA,)}, "references": {"anna": (str(tmp_path / "head.png"),)}}
    made = read_picture(Path(swap(tmp_path / "crowd.png", local(tmp_path), **settings).output))
    changed = np.abs(made.astype(int) - crowd).max(-1) > 0
    assert changed[:, 200:400].any() and not changed[:, :200].any() and not changed[:, 400:].any()


def test_of_two_faces_a_much_larger_one_is_meant(tmp_path: Path, target: Path) -> None:
    picture = np.full((400, 560, 3), 90, np.uint8)
    picture[:400, :400] = face_of(MONA_LISA, 400)
    picture[150:250, 440:540] = face_of(ASTRONAUT, 100)
    write_picture(tmp_path / "main.png", picture)
    assert swap(target, local(tmp_path), source=(str(tmp_path / "main.png"),)).swapped == 1


def grey(photo: Bytes, path: Path) -> None:
    Image.fromarray(photo).convert("L").save(path)


def transparent(photo: Bytes, path: Path) -> None:
    alpha = np.zeros(photo.shape[:2], np.uint8)
    cv2.circle(alpha, (photo.shape[1] // 2, photo.shape[0] // 2), photo.shape[0] // 2, 255, -1)
    Image.fromarray(np.dstack([photo, alpha])).save(path)


def turned(photo: Bytes, path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(photo).transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)


def palette(photo: Bytes, path: Path) -> None:
    Image.fromarray(photo).quantize(64).save(path)


def deep(photo: Bytes, path: Path) -> None:
    Image.fromarray(photo[..., 0].astype(np.uint16) * 257).save(path)


def full(photo: Bytes, path: Path) -> None:
    """Nothing but the face, from eyebrows to chin."""
    Image.fromarray(photo[120:310, 121:298]).save(path)


def huge(photo: Bytes, path: Path) -> None:
    """8K, and a JPEG whatever its name says."""
    wide = np.hstack([photo, photo[:, :1].repeat(300, axis=1)])
    Image.fromarray(cv2.resize(wide, (7680, 4320))).save(path, "JPEG")


@pytest.mark.parametrize("kind", [grey, transparent, turned, palette, deep, full, huge])
def test_photos_of_every_kind_serve(tmp_path: Path, target: Path, kind: Callable[[Bytes, Path], None]) -> None:
    photo = tmp_path / "photo.png"
    kind(face_of(MONA_LISA, 400), photo)
    made = read_picture(Path(swap(target, local(tmp_path), source=(str(photo),)).output))
    straight = read_picture(Path(swap(target, local(tmp_path / "straight")).output))
    before = sitter(0, 240, 136)
    change, rest = np.abs(made.astype(int) - before).mean(), np.abs(made.astype(int) - straight).mean()
    assert change > 2 and rest < change


def truncated(path: Path) -> None:
    path.write_bytes(Path(MONA_LISA).read_bytes()[:20_000])


def letter(path: Path) -> None:
    path.write_text("no picture")


@pytest.mark.parametrize("spoil", [truncated, letter, Path.touch])
@pytest.mark.parametrize("place", ["target", "source", "map", "references", "brush"])
def test_broken_files_wherever_they_are_given(
    tmp_path: Path, target: Path, place: str, spoil: Callable[[Path], None]
) -> None:
    bad = tmp_path / "bad.jpg"
    spoil(bad)
    settings: dict[str, object] = {
        "source": {"source": (str(bad),)},
        "map": {"map": {"person1": (str(bad),)}},
        "references": {"map": {"anna": (MONA_LISA,)}, "references": {"anna": (str(bad),)}},
        "brush": {"mask": {"brush": str(bad)}},
    }.get(place, {})
    refused(tmp_path, "bad.jpg", bad if place == "target" else target, **settings)


def test_a_film_cut_off(tmp_path: Path) -> None:
    film = sitting(tmp_path / "cut.mp4", frames=4)
    film.write_bytes(film.read_bytes()[:-900])
    assert refused(tmp_path, "cut.mp4", film).key == "media.truncated"


@pytest.mark.parametrize("settings", [{}, {"source": ()}, {"map": {}}, {"map": {"person1": ()}}])
def test_nobody_is_given(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=r"face_swap\.nobody"):
        FaceSwapRequest(target="a.png", **settings)


def test_a_name_that_nobody_has(tmp_path: Path, target: Path) -> None:
    error = refused(tmp_path, "anna", target, map={"anna": (MONA_LISA,)})
    assert error.key == "face_swap.no_person" and "person1" in str(error)


@pytest.mark.parametrize(
    ("by", "name", "key"),
    [
        ("order", "first", "no_order"),
        ("order", "0", "no_order"),
        ("place", "left", "no_place"),
        ("place", "130,50", "no_place"),
    ],
)
def test_names_that_are_no_number_and_no_place(tmp_path: Path, target: Path, by: str, name: str, key: str) -> None:
    assert refused(tmp_path, name, target, map={name: (MONA_LISA,)}, by=by).key == f"face_swap.{key}"


def test_a_number_beyond_the_last_face(tmp_path: Path, target: Path) -> None:
    error = refused(tmp_path, "target.png", target, map={"5": (MONA_LISA,)}, by="order")
    assert (error.key, error.params["count"]) == ("face_swap.not_meant", 1)


def test_a_brush_of_another_shape(tmp_path: Path, target: Path) -> None:
    write_picture(tmp_path / "brush.png", np.full((136, 136, 3), 255, np.uint8))
    settings = {"mask": {"brush": str(tmp_path / "brush.png")}}
    for where in (target, sitting(tmp_path / "film.mp4", frames=2)):
        assert refused(tmp_path / where.stem, "136×136", where, **settings).key == "face_swap.brush_shape"


def test_a_target_without_faces(tmp_path: Path) -> None:
    blank(tmp_path / "wall.png")
    assert refused(tmp_path, "wall.png", tmp_path / "wall.png").key == "face_swap.no_people"
    film, run = make_clip(tmp_path / "wall.mp4", frames=5), local(tmp_path / "film")
    assert refused(tmp_path / "map", "wall.mp4", film, map={"person1": (MONA_LISA,)}).key == "face_swap.no_people"
    assert refused(tmp_path / "try", "wall.mp4", film, preview=True).key == "face_swap.no_people"
    result = swap(film, run)
    assert (result.frames, result.swapped) == (5, 0)
    assert [key for key, _ in run.host.notes] == ["face_swap.nobody"]
    assert all(
        np.abs(a.astype(int) - b).mean() < 8 for a, b in zip(decoded(film), decoded(Path(result.output)), strict=True)
    )


def test_a_transparent_target_keeps_what_is_behind_it(tmp_path: Path, target: Path) -> None:
    transparent(read_picture(target), tmp_path / "cut out.png")
    made = read_picture(Path(swap(tmp_path / "cut out.png", local(tmp_path)).output))
    assert (made[..., 3] == read_picture(tmp_path / "cut out.png")[..., 3]).all()
    assert 0 < (made[..., 3] == 0).mean() < 1


def test_a_result_too_large(tmp_path: Path) -> None:
    write_picture(tmp_path / "large.png", np.zeros((1000, 1400, 3), np.uint8))
    error = refused(tmp_path, "11200×8000", tmp_path / "large.png", scale=8)
    assert isinstance(error, LimitReached) and error.key == "face_swap.too_large"


@pytest.mark.slow
def test_an_8k_target(tmp_path: Path) -> None:
    huge(face_of(ASTRONAUT, 400), tmp_path / "8k.png")
    result = swap(tmp_path / "8k.png", local(tmp_path))
    assert result.swapped == 1
    assert Image.open(result.output).size == (7680, 4320)


def test_the_command_says_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, target: Path) -> None:
    monkeypatch.setenv("STUDIO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("STUDIO_DEVICE", "cpu")
    blank(tmp_path / "wall.png")
    line = ["face-swap", str(target), "--source", str(tmp_path / "wall.png"), "-o", str(tmp_path / "o.png"), "--quiet"]
    assert main([*line, "--confirm-rights", "--language", "en"]) == FAILED
    told = capsys.readouterr().err
    assert told.strip().splitlines()[-1].startswith("No face was found in wall.png;")
    assert "Traceback" not in told and not (tmp_path / "o.png").exists()


@pytest.mark.parametrize(("open_by", "told"), [(0.0, []), (0.2, ["face_swap.open_mouth"])])
def test_a_wide_open_mouth_in_the_photo_is_remarked(tmp_path: Path, open_by: float, told: list[str]) -> None:
    rgb = np.ascontiguousarray(read_picture(Path(ASTRONAUT))[..., :3])
    with finder() as found:
        points = found.faces(rgb)[0].points
    lips, height = int(points[[13, 14], 1].mean()), int(open_by * np.ptp(points[:, 1]))
    photo = np.vstack([rgb[:lips], np.repeat(rgb[lips - 1 : lips], height, 0), rgb[lips:]])
    if height:
        across, middle = int(0.42 * np.ptp(points[[61, 291], 0])), int(points[[61, 291], 0].mean())
        cv2.ellipse(photo, (middle, lips + height // 2), (across, height // 2), 0, 0, 360, (50, 15, 15), -1)
    write_picture(tmp_path / "photo.png", photo)
    run = local(tmp_path)
    swap(PEARL, run, source=(str(tmp_path / "photo.png"),))
    assert [key for key, _ in run.host.notes] == told
