"""Getting engines ready: a job waits for it, can be stopped meanwhile, and goes without where it fails."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from studio.asset import Asset
from studio.jobs import FINAL, Job
from studio.paths import ROOT
from studio.settings import Settings
from studio.studio import Studio
from studio.warmup import WarmUp, compiled_folder, fingerprint
from tests.waiting import until as until_true

PACKAGE = "tests.studio.engines"
PATIENCE_S = 60.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "kernels"
    folder.mkdir()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def studio(tmp_path: Path, folder: Path) -> Iterator[Studio]:
    studio = Studio(Settings(data_dir=tmp_path / "data", device="cpu"), package=PACKAGE)
    studio.start()
    yield studio
    studio.close()


def submitted(studio: Studio, tmp_path: Path) -> Job:
    Image.new("RGB", (64, 48), (200, 80, 40)).save(tmp_path / "picture.png")
    source = studio.library.add(tmp_path / "picture.png", "ann").id
    return studio.submit("cartoon", {"source": source, "engine": "slow_start"}, "ann")


def until(studio: Studio, job: Job, true: Callable[[Job], bool]) -> Job:
    end = time.monotonic() + PATIENCE_S
    while not true(now := studio.job(job.id, "ann")):
        assert time.monotonic() < end, now
        time.sleep(0.02)
    return now


def getting_ready(job: Job) -> bool:
    return ["core.getting_ready", {}] in [list(note) for note in job.notes]


def outputs(studio: Studio) -> list[Asset]:
    return studio.library.list("ann", role="output")


def test_a_job_waits_until_its_engine_is_ready(studio: Studio, folder: Path, tmp_path: Path) -> None:
    (folder / "hold").touch()
    job = submitted(studio, tmp_path)
    assert until(studio, job, getting_ready).state == "running"
    assert outputs(studio) == []
    (folder / "hold").unlink()
    over = until(studio, job, lambda job: job.state in FINAL)
    assert over.state == "done" and not getting_ready(over)
    assert [asset.name for asset in outputs(studio)] == ["warm.png"]
    assert studio.warm_up.ready
    later = until(studio, submitted(studio, tmp_path), lambda job: job.state in FINAL)
    assert later.state == "done" and not getting_ready(later)


def test_a_job_that_waits_for_its_engine_can_be_cancelled(studio: Studio, folder: Path, tmp_path: Path) -> None:
    (folder / "hold").touch()
    job = submitted(studio, tmp_path)
    until(studio, job, getting_ready)
    studio.cancel(job.id, "ann")
    until(studio, job, lambda job: job.state == "cancelled")
    assert not (folder / "warm").exists(), "it waited for the engine"


def test_a_warm_up_that_fails_keeps_nobody_from_working(studio: Studio, folder: Path, tmp_path: Path) -> None:
    (folder / "fail").touch()
    for _ in range(2):
        job = until(studio, submitted(studio, tmp_path), lambda job: job.state in FINAL)
        assert job.state == "done"
    assert [asset.name for asset in outputs(studio)] == ["cold.png"] * 2


def test_what_is_ready_is_loaded_before_a_job_asks_for_it(studio: Studio, folder: Path) -> None:
    studio.expect("cartoon")
    assert not (folder / "loaded").exists(), "it would compile in this process"
    studio.warm_up.begin()
    until_true(lambda: studio.warm_up.ready)
    studio.expect("cartoon")
    assert (folder / "loaded").exists()


def test_a_closed_studio_leaves_no_process_behind(folder: Path) -> None:
    (folder / "hold").touch()
    warm_up = WarmUp(folder, PACKAGE)
    warm_up.begin()
    process = warm_up._process
    assert process is not None and process.poll() is None
    warm_up.close()
    assert process.poll() is not None
    warm_up.begin()
    assert warm_up._process is process


def test_it_begins_by_itself_a_while_after_the_start(folder: Path) -> None:
    warm_up = WarmUp(folder, PACKAGE)
    warm_up.soon(0.0)
    end = time.monotonic() + PATIENCE_S
    while not warm_up.ready:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert (folder / "warm").exists()
    warm_up.close()


def test_compiled_code_lies_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    settings = Settings(data_dir=tmp_path)
    assert compiled_folder(settings) == tmp_path / "kernels"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "own"))
    assert compiled_folder(settings) == tmp_path / "own"


def test_another_version_of_the_engines_is_got_ready_anew() -> None:
    assert fingerprint(PACKAGE) == fingerprint(PACKAGE) != fingerprint("engines")


def test_starting_a_studio_imports_no_compiler(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom studio.settings import Settings\nfrom studio.studio import Studio\n"
        f"studio = Studio(Settings(data_dir=Path({str(tmp_path)!r})))\nstudio.start(warm=True)\n"
        "assert not {'numba', 'torch', 'cv2'} & set(sys.modules)\nstudio.close()\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_a_studio_that_closes_before_it_begins_starts_nothing(folder: Path) -> None:
    warm_up = WarmUp(folder, PACKAGE)
    warm_up.soon(3600.0)
    warm_up.close()
    [waiting] = [thread for thread in threading.enumerate() if thread.name == "warm-up"] or [None]
    if waiting:
        waiting.join(PATIENCE_S)
    assert warm_up._process is None
