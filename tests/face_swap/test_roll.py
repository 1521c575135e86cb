"""Calling the roll: what was looked at once isn't looked at again, whoever asks."""

import shutil
from dataclasses import replace
from pathlib import Path

from engines.faces._recent import Recent
from engines.faces._roll import call_the_roll
from engines.media.picture import read_picture
from engines.vision.faces.finder import Finder
from studio.paths import ASSETS
from studio.run import Run
from studio.tasks.faces import FacesRequest


class Counted:
    """A detector that says how often it was asked."""

    def __init__(self, detector):
        self.detector, self.side, self.calls = detector, detector.side, 0

    def __call__(self, rgb, *, thorough=False):
        self.calls += 1
        return self.detector(rgb, thorough=thorough)


def test_a_file_that_was_looked_at_gives_its_people_again(tmp_path):
    usual = Finder()
    detector = Counted(usual.detector)
    finder = replace(usual, detector=detector, name="counted")
    found = []
    for owner in ("one", "other"):
        (tmp_path / owner).mkdir()
        photo = Path(shutil.copy(ASSETS / "samples" / "astronaut.jpg", tmp_path / owner / "photo.jpg"))
        run = Run.local(tmp_path / owner / "work", tmp_path / owner / "out")
        found.append((detector.calls, call_the_roll(FacesRequest(source=str(photo)), run, finder)))
    calls = [before for before, _ in found] + [detector.calls]
    assert calls[0] == 0 < calls[1] == calls[2]
    (first,), (second,) = (result.people for _, result in found)
    assert first.crop != second.crop and first.box == second.box
    assert (read_picture(Path(first.crop)) == read_picture(Path(second.crop))).all()


def test_the_latest_are_remembered():
    recent = Recent(2)
    recent.put("a", [])
    recent.put("b", [])
    assert recent.get("a") == []
    recent.put("c", [])
    assert recent.get("b") is None
    assert recent.get("a") == recent.get("c") == []
