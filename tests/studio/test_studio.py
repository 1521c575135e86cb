"""Jobs, workers and the library together, as the faces use them."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image

from studio.errors import BadInput, LimitReached, NotFound, Unavailable
from studio.settings import Settings
from studio.studio import Studio
from studio.texts import languages, text
from tests.media.clips import make_clip
from tests.studio.holding import held_at
from tests.waiting import PATIENCE_S, until

PACKAGE = "tests.studio.engines"


def make(folder: Path, **settings) -> Studio:
    return Studio(Settings(data_dir=folder, device="cpu", **settings), package=PACKAGE)


@pytest.fixture
def studio(tmp_path: Path):
    studio = make(tmp_path / "data", jobs_per_owner=500)
    studio.start()
    yield studio
    studio.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.new("RGB", (64, 48), (200, 80, 40)).save(tmp_path / "картинка 图.png")
    return tmp_path / "картинка 图.png"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4")


def finished(studio: Studio, job_id: str, owner: str, timeout: float = PATIENCE_S):
    return list(studio.watch(job_id, owner, timeout))[-1]


def test_a_job_runs_and_tells_everything(studio, picture):
    source = studio.library.add(picture, "ann")
    assert (source.kind, source.width, source.height, source.name) == ("image", 64, 48, "картинка 图.png")
    job = finished(studio, studio.submit("cartoon", {"source": source.id, "height": 5, "seed": 7}, "ann").id, "ann")
    assert (job.state, job.done, job.total, job.engine, job.seed) == ("done", 5, 5, "hashing", 7)
    assert job.why[0] == "best_available" or job.why[0] == "best"
    [output] = [studio.library.get(asset_id, "ann") for asset_id in job.outputs]
    assert output.role == "output" and output.request["height"] == 5 and output.seed == 7
    assert job.result["frames"] == 5 and job.result["engine"] == "hashing"


@pytest.mark.parametrize(
    ("values", "key", "setting"),
    [
        ({"ink_lines": 4}, "job.out_of_range", "ink_lines"),
        ({"ink_lines": "thick"}, "job.not_number", "ink_lines"),
        ({"ink_lines": None}, "job.missing", "ink_lines"),
        ({"seed": 1.5}, "job.not_whole", "seed"),
        ({"preview": "maybe"}, "job.not_yes_no", "preview"),
        ({"engine": 4}, "job.not_text", "engine"),
        ({"style": "oil"}, "job.no_choice", "style"),
        ({"end": 1.0, "start": 2.0}, "media.ends_early", None),
        ({"sky": "blue"}, "face.no_field", None),
    ],
)
def test_bad_requests_name_the_setting(studio, picture, values, key, setting):
    source = studio.library.add(picture, "ann").id
    with pytest.raises(BadInput) as caught:
        studio.submit("cartoon", {"source": source, **values}, "ann")
    assert (caught.value.key, caught.value.params.get("setting")) == (key, setting)
    assert len({caught.value.text(lang) for lang in languages()}) == 3


def test_a_bad_request_is_told_with_the_words_of_the_form(studio, picture):
    with pytest.raises(BadInput) as caught:
        studio.submit("cartoon", {"source": studio.library.add(picture, "ann").id, "ink_lines": 4}, "ann")
    assert text("field.cartoon.ink_lines", "ru") in caught.value.text("ru")
    assert "0 … " in str(caught.value) and "Lines" in str(caught.value)
    with pytest.raises(BadInput, match="“Picture or video” is empty"):
        studio.submit("cartoon", {}, "ann")
    with pytest.raises(BadInput, match="no task"):
        studio.submit("nothing", {}, "ann")


def test_engines_by_name(studio, picture):
    source = studio.library.add(picture, "ann").id
    with_name = studio.submit("cartoon", {"source": source, "engine": "unimportable"}, "ann")
    job = finished(studio, with_name.id, "ann")
    assert job.state == "failed" and job.error[0] == "engine.broken" and "no_such_package" in job.error[1]["reason"]
    job = finished(studio, studio.submit("cartoon", {"source": source, "engine": "nobody"}, "ann").id, "ann")
    assert job.error[0] == "engine.unknown"
    assert issubclass(Unavailable, Exception)


def test_a_bug_is_told_without_its_traceback(studio, picture):
    source = studio.library.add(picture, "ann").id
    job = finished(studio, studio.submit("cartoon", {"source": source, "engine": "broken"}, "ann").id, "ann")
    assert job.state == "failed" and job.error[0] == "job.broke"
    assert "a bug" not in str(job.error)


def test_owners_see_only_their_own(studio, picture):
    source = studio.library.add(picture, "ann")
    job = studio.submit("cartoon", {"source": source.id, "height": 2}, "ann")
    for attempt in (
        lambda: studio.job(job.id, "bob"),
        lambda: studio.cancel(job.id, "bob"),
        lambda: next(iter(studio.watch(job.id, "bob"))),
        lambda: studio.library.get(source.id, "bob"),
        lambda: studio.library.delete([source.id], "bob"),
        lambda: studio.library.zip([source.id], "bob"),
        lambda: studio.submit("cartoon", {"source": source.id}, "bob"),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert studio.jobs_of("bob") == [] and studio.library.list("bob") == []


def test_two_hundred_jobs_of_eight_clients(studio, picture):
    made: dict[str, list[str]] = {}

    def client(owner: str) -> None:
        source = studio.library.add(picture, owner).id
        made[owner] = [
            studio.submit("cartoon", {"source": source, "height": 1, "seed": n}, owner).id for n in range(25)
        ]

    threads = [threading.Thread(target=client, args=(f"owner {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for owner, ids in made.items():
        jobs = [finished(studio, job_id, owner) for job_id in ids]
        assert [job.state for job in jobs] == ["done"] * 25
        assert sorted(job.seed for job in jobs) == list(range(25))
        outputs = studio.library.list(owner, role="output", limit=100)
        assert len(outputs) == 25 == len({asset.job for asset in outputs})


def test_cancel_stops_the_work(studio, clip):
    source = studio.library.add(clip, "ann").id
    with held_at(studio.settings.data_dir, 2):
        job = studio.submit("cartoon", {"source": source, "height": 1000}, "ann")
        until(lambda: studio.job(job.id, "ann").done == 2)
        queued = studio.submit("cartoon", {"source": source, "height": 50}, "ann")
        assert studio.cancel(queued.id, "ann").state == "cancelled"
        studio.cancel(job.id, "ann")
        assert finished(studio, job.id, "ann").state == "cancelled"
    after = studio.submit("cartoon", {"source": source, "height": 1}, "ann")
    assert finished(studio, after.id, "ann").state == "done", "the device is still held"
    assert studio.job(job.id, "ann").done == 2


def test_what_was_stopped_goes_on_when_it_is_asked_for_again(studio, clip):
    source = studio.library.add(clip, "ann").id
    asked = {"source": source, "height": 40}
    with held_at(studio.settings.data_dir, 10):
        job = studio.submit("cartoon", asked, "ann")
        until(lambda: studio.job(job.id, "ann").done == 10)
        studio.cancel(job.id, "ann")
        assert finished(studio, job.id, "ann").state == "cancelled"
    other = studio.submit("cartoon", {**asked, "height": 39}, "ann")
    assert other.id != job.id and finished(studio, other.id, "ann").result["frames"] == 39
    again = studio.submit("cartoon", asked, "ann")
    assert again.id == job.id and again.done == 10
    after = finished(studio, again.id, "ann")
    assert (after.state, after.seed, after.result["frames"]) == ("done", studio.job(job.id, "ann").seed, 30)
    once_more = studio.submit("cartoon", asked, "ann")
    assert once_more.id != job.id and finished(studio, once_more.id, "ann").result["frames"] == 40


def test_what_one_stopped_is_not_gone_on_with_for_another(studio, clip):
    with held_at(studio.settings.data_dir, 10):
        job = studio.submit("cartoon", {"source": studio.library.add(clip, "ann").id, "height": 40}, "ann")
        until(lambda: studio.job(job.id, "ann").done == 10)
        studio.cancel(job.id, "ann")
        finished(studio, job.id, "ann")
    theirs = studio.submit("cartoon", {"source": studio.library.add(clip, "bob").id, "height": 40}, "bob")
    assert theirs.id != job.id and finished(studio, theirs.id, "bob").result["frames"] == 40


def test_a_short_job_goes_between_the_steps_of_a_long_one(studio, clip, picture):
    source = studio.library.add(clip, "ann").id
    with held_at(studio.settings.data_dir, 2):
        long = studio.submit("cartoon", {"source": source, "height": 60}, "ann")
        until(lambda: studio.job(long.id, "ann").done == 2)
        short = studio.submit("cartoon", {"source": studio.library.add(picture, "bob").id, "height": 2}, "bob")
        assert finished(studio, short.id, "bob").state == "done"
        assert studio.job(long.id, "ann").state == "running"
    after = finished(studio, long.id, "ann")
    assert after.state == "done" and after.result["frames"] == 60


def test_rank_and_eta(studio, clip):
    source = studio.library.add(clip, "ann").id
    with held_at(studio.settings.data_dir, 10):
        first = studio.submit("cartoon", {"source": source, "height": 20}, "ann")
        second = studio.submit("cartoon", {"source": source, "height": 1}, "ann")
        third = studio.submit("cartoon", {"source": source, "height": 1}, "ann")
        running = until(lambda: (job := studio.job(first.id, "ann")).done == 10 and job.worked and job)
        assert [studio.job(job.id, "ann").rank for job in (first, second, third)] == [None, 1, 2]
        assert running.eta_s == pytest.approx(running.worked, rel=0.2), "half is done, and took as long"
    assert finished(studio, third.id, "ann").state == "done"


def test_killed_and_started_again_the_job_goes_on(tmp_path, clip):
    data = tmp_path / "data"
    studio = make(data)
    source = studio.library.add(clip, "ann").id
    job = studio.submit("cartoon", {"source": source, "height": 40}, "ann")
    with held_at(data, 10):
        process = subprocess.Popen([sys.executable, "-m", "tests.studio.serve_jobs", str(data)])
        try:
            until(lambda: studio.job(job.id, "ann").done == 10)
            studio.jobs.recover()
            assert studio.job(job.id, "ann").state == "running", "a living process's job was taken from it"
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    studio.start()
    after = finished(studio, job.id, "ann")
    studio.close()
    assert after.state == "done"
    assert after.result["frames"] == 30
    assert len(studio.library.list("ann", role="output")) == 1


def test_closing_puts_the_running_job_back(tmp_path, clip):
    data = tmp_path / "data"
    first = make(data)
    first.start()
    source = first.library.add(clip, "ann").id
    with held_at(data, 5):
        job = first.submit("cartoon", {"source": source, "height": 40}, "ann")
        until(lambda: first.job(job.id, "ann").done == 5)
        first.close()
    assert first.job(job.id, "ann").state == "queued"
    second = make(data)
    second.start()
    after = finished(second, job.id, "ann")
    second.close()
    assert after.state == "done" and after.result["frames"] == 35


def test_limits(tmp_path, clip):
    studio = make(tmp_path / "data", jobs_per_owner=2, max_video_seconds=0.5)
    source = studio.library.add(clip, "ann").id
    with pytest.raises(LimitReached, match="trim"):
        studio.submit("cartoon", {"source": source}, "ann")
    for _ in range(2):
        studio.submit("cartoon", {"source": source, "end": 0.4}, "ann")
    with pytest.raises(LimitReached, match="2 jobs"):
        studio.submit("cartoon", {"source": source, "end": 0.4}, "ann")


def test_library_keeps_finds_and_forgets(studio, picture, clip):
    first = studio.library.add(picture, "ann")
    assert studio.library.add(picture, "ann").id == first.id
    assert studio.library.add(picture, "bob").id != first.id
    video = studio.library.add(clip, "ann", name="clip of a disc.mp4")
    assert video.thumb.is_file() and video.seconds == pytest.approx(1.0)
    studio.library.tag(video.id, "ann", ["disc", " red "])
    assert [asset.id for asset in studio.library.list("ann", tag="red")] == [video.id]
    assert [asset.id for asset in studio.library.list("ann", kind="image")] == [first.id]
    assert [asset.id for asset in studio.library.list("ann", text="OF A")] == [video.id]
    assert studio.library.usage("ann") == first.bytes + video.bytes
    archive = studio.library.zip([first.id, video.id], "ann")
    assert archive.stat().st_size > video.bytes
    studio.library.delete([video.id], "ann")
    assert not video.path.exists()
    with pytest.raises(NotFound):
        studio.library.get(video.id, "ann")
    (picture.parent / "no.mp4").write_text("just text")
    with pytest.raises(BadInput):
        studio.library.add(picture.parent / "no.mp4", "ann")
    assert len(studio.library.list("ann")) == 1


@pytest.mark.parametrize(
    ("model", "error", "key"),
    [
        ("modnet", Unavailable, "models.absent"),
        ("no-such-model", NotFound, "models.unknown"),
    ],
)
def test_a_model_that_is_not_there_is_told_before_anything_is_queued(studio, picture, model, error, key):
    source = studio.library.add(picture, "ann").id
    with pytest.raises(error) as caught:
        studio.submit("cartoon", {"source": source, "model": model}, "ann")
    assert caught.value.key == key
    assert studio.jobs_of("ann") == []
