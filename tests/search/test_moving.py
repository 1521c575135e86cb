"""Vectors in Milvus by one setting, and moved there and back."""

from contextlib import closing

import pytest
from PIL import Image

from studio.errors import Unavailable
from studio.settings import Settings
from studio.studio import Studio
from tests.search.looking import film, over, scene
from tests.search.test_keeping import add


def test_a_library_moves_to_milvus_and_back(tmp_path):
    for number in range(2):
        film(tmp_path / "in" / f"film {number}.mp4", [number * 10, number * 10 + 1])
    Image.fromarray(scene(11)).save(tmp_path / "q.png")
    settings = Settings(data_dir=tmp_path / "data", device="cpu", milvus_url=str(tmp_path / "milvus.db"))
    with closing(Studio(settings)) as studio:
        studio.worker.start()
        given = {"q": (tmp_path / "q.png", "image")}

        def told(kind):
            asked = {"library": "films", "source": "q"}
            assert [one.name for one in studio.answer("search_find", asked, "anna", given).records] == ["film 1.mp4"]
            assert studio.answer("search_stats", {}, "anna").libraries[0].index == kind

        def move(to):
            job = over(studio, studio.submit("search_move", {"library": "films", "to": to}, "anna"))
            assert job.state == "done", job.error
            return job.result["index"], job.result["rows"]

        add(studio, tmp_path / "in")
        told("milvus")
        assert move("index") == ("exact", 8)
        told("exact")
        assert studio.answer("search_remove", {"library": "films", "file": "film 0.mp4"}, "anna").files == 1
        assert move("milvus") == ("milvus", 4) == move("milvus")
        told("milvus")


def test_without_milvus_there_is_nowhere_to_go(studio, tmp_path):
    film(tmp_path / "in" / "a.mp4", [1])
    add(studio, tmp_path / "in")
    with pytest.raises(Unavailable):
        studio.indexes.move(studio.catalog.library("anna", "films"), milvus=True)
