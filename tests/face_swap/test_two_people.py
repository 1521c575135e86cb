"""Two people of a film get two other people's faces in one pass, by commands: by who they are, by order, by place."""

import json
from pathlib import Path

import numpy as np
import pytest

from engines.arrays import Bytes
from engines.media.picture import read_picture
from engines.vision.faces.identity import distance
from studio.cli import DONE, main
from tests.face_swap.sitting import ASTRONAUT, MONA_LISA, PEARL, finder, sitting
from tests.media.clips import decoded
from tests.vision.cast import head

SIDE, FRAMES, WIDTH = 160, 8, 400


def pair(index: int, width: int, height: int, flash: bool) -> Bytes:
    """The astronaut on the left and Mona Lisa on the right, slowly nearing each other."""
    picture = np.full((height, width, 3), 110, np.uint8)
    for name, left in (("astronaut", 10 + index), ("mona_lisa", width - SIDE - 10 - index)):
        picture[10 : 10 + SIDE, left : left + SIDE] = head(name, SIDE)[0]
    return picture


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDIO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("STUDIO_DEVICE", "cpu")
    monkeypatch.chdir(tmp_path)
    sitting(tmp_path / "two.mp4", frames=FRAMES, size=(WIDTH, 180), draw=pair)
    return tmp_path


def nearest(film: Path) -> list[list[str]]:
    """Whom the faces of some frames look like most, from left to right."""
    with finder() as found:
        known = {
            name: found.identity(picture, found.faces(picture)[0])
            for name in (ASTRONAUT, MONA_LISA, PEARL)
            for picture in [read_picture(Path(name))]
        }
        looks = []
        for picture in decoded(film)[1::3]:
            faces = sorted(found.faces(picture), key=lambda face: face.box[0])
            views = [found.identity(picture, face) for face in faces]
            looks.append([min(known, key=lambda name: distance(known[name], view)) for view in views])
    return looks


def swapped(left: tuple[str, str], right: tuple[str, str], *more: str) -> list[list[str]]:
    """What a command makes of the two, each with a name and a photo."""
    named = [word for name, photo in (left, right) for word in ("--map", f"{name}={photo}")]
    line = ["face-swap", "two.mp4", *named, "-o", "out.mp4", "--confirm-rights", "--quiet", "--output-quality", "best"]
    assert main([*line, *more]) == DONE
    return nearest(Path("out.mp4"))


@pytest.mark.slow
def test_by_who_they_are(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faces", "two.mp4", "--json", "--quiet"]) == DONE
    people = json.loads(capsys.readouterr().out)["result"]["people"]
    assert [person["name"] for person in people] == ["person1", "person2"]
    assert all(person["frames"] == FRAMES and Path(person["crop"]).is_file() for person in people)
    left, right = (person["name"] for person in sorted(people, key=lambda person: person["box"][0]))
    assert swapped((left, PEARL), (right, ASTRONAUT)) == [[PEARL, ASTRONAUT]] * 3


@pytest.mark.slow
def test_by_order(here: Path) -> None:
    assert swapped(("2", ASTRONAUT), ("1", MONA_LISA), "--by", "order") == [[MONA_LISA, ASTRONAUT]] * 3


@pytest.mark.slow
def test_by_place(here: Path) -> None:
    assert swapped(("75,50", ASTRONAUT), ("22,50", PEARL), "--by", "place") == [[PEARL, ASTRONAUT]] * 3


@pytest.mark.slow
def test_who_is_not_named_keeps_the_own_face_or_gets_the_one_for_all(here: Path) -> None:
    assert (
        main(["face-swap", "two.mp4", "--map", f"2={ASTRONAUT}", "--by", "order", "--confirm-rights", "-o", "a.mp4"])
        == DONE
    )
    assert nearest(here / "a.mp4") == [[ASTRONAUT, ASTRONAUT]] * 3
    line = ["face-swap", "two.mp4", "--map", f"2={ASTRONAUT}", "--source", PEARL, "--by", "order", "-o", "b.mp4"]
    assert main(line) == DONE
    assert nearest(here / "b.mp4") == [[PEARL, ASTRONAUT]] * 3


def test_rights_are_asked_for_first(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["face-swap", "two.mp4", "--source", PEARL, "-o", "out.mp4", "--quiet"]) != DONE
    told = capsys.readouterr().err
    assert "--confirm-rights" in told and "Traceback" not in told
    assert not (here / "out.mp4").exists()
