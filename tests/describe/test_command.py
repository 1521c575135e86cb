"""``python -m studio describe FOLDER``, as a user runs it, and what a folder means."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.cli import DONE, USAGE, main
from studio.errors import BadInput
from studio.folders import files_in, opened
from studio.paths import ASSETS
from studio.schema import options
from tests.describe.drawn import stripes
from tests.studio.conftest import place_of_work

SAMPLES = ASSETS / "samples"
__all__ = ["place_of_work"]


@pytest.fixture
def folder(place_of_work: Path) -> Path:
    """Two good pictures, one that ends early, and what isn't meant: a video, a text, a hidden file, a folder in it."""
    found = place_of_work / "图片 集"
    (found / "inner").mkdir(parents=True)
    Image.fromarray(stripes("#d81e1e", "#1f5fd0")).save(found / "图10.png")
    Image.fromarray(stripes("#2e8b3a")).save(found / "图2.JPEG", "JPEG")
    (found / "图3.jpg").write_bytes((SAMPLES / "mona_lisa.jpg").read_bytes()[:20_000])
    for extra in (found / "inner" / "deep.png", found / ".hidden.png"):
        shutil.copy(found / "图10.png", extra)
    shutil.copy(SAMPLES / "portraits.mp4", found)
    (found / "notes.txt").write_text("not a picture")
    return found


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main([*arguments, "--language", "en"])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_a_folder_of_pictures_becomes_captions(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "describe", str(folder), "--write", "txt", "-o", "captions.zip", "--json", "--quiet")
    assert code == DONE, err
    answer = json.loads(out)
    assert [one["name"] for one in answer["result"]["pictures"]] == ["图2.JPEG", "图10.png"]
    assert "green" in answer["result"]["pictures"][0]["caption"]
    assert "图3.jpg" in err and "mp4" not in err
    assert answer["result"]["output"] == answer["files"][0] == "captions.zip"
    assert zipfile.ZipFile("captions.zip").namelist() == ["图2.txt", "图10.txt", "provenance.json"]


def test_a_folder_without_pictures_is_one_sentence(place_of_work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = place_of_work / "пусто"
    empty.mkdir()
    (empty / "notes.txt").write_text("not a picture")
    code, out, err = run(capsys, "describe", str(empty))
    assert (code, out) == (USAGE, "")
    assert "пусто" in err and len(err.strip().splitlines()) == 1


def test_a_folder_where_one_file_is_meant_is_no_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "cartoon", str(folder))
    assert code == USAGE and folder.name in err


def test_what_only_a_bad_file_holds_is_refused(place_of_work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = place_of_work / "bad"
    bad.mkdir()
    (bad / "cut.jpg").write_bytes((SAMPLES / "mona_lisa.jpg").read_bytes()[:20_000])
    code, _, err = run(capsys, "describe", str(bad))
    assert code == USAGE and "cut.jpg" in err


def test_folders_open_in_lists_of_every_shape(folder: Path) -> None:
    """Also where lists have names, and beside plain files, which stay as they are."""
    refused: list[str] = []
    gathered: set[Path] = set()
    faces = next(option.field for option in options("face_swap").values() if option.field.shape == "map")
    new = opened(
        faces, {"anna": [str(folder)], "ben": ["b.png"]}, gathered, lambda problem: refused.append(problem.key)
    )
    assert [Path(file).name for file in new["anna"]] == ["图2.JPEG", "图3.jpg", "图10.png"]
    assert new["ben"] == ["b.png"] and len(gathered) == 3 and refused == []
    (folder.parent / "empty").mkdir()
    with pytest.raises(BadInput) as problem:
        opened(faces, {"anna": [str(folder.parent / "empty")]}, set(), lambda problem: None)
    assert problem.value.key == "cli.empty_folder"


def test_an_animation_is_no_picture_and_rubbish_is_told(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((16, 16, 3), level, np.uint8)) for level in (0, 90, 180)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:], duration=80)
    frames[0].save(tmp_path / "still.gif")
    (tmp_path / "rubbish.png").write_bytes(b"\x00" * 500)
    refused: list[str] = []
    found = files_in(tmp_path, ("image",), lambda problem: refused.append(problem.params["name"]))
    assert [file.name for file in found] == ["still.gif"]
    assert refused == ["rubbish.png"]
