"""How soon the studio reacts while a long video is drawn: ``python -m tests.bench.bench_jobs``.

Prints, as the median and the worst of several tries: from a cancel to the job's end; from asking for a small picture
to having it, beside the same picture on an idle studio; and how long ``/healthz`` takes meanwhile. The design asks for
2 s for the first two.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from studio.settings import Settings
from studio.studio import Studio
from tests.bench.clips import clip_720p
from tests.serving import picture, served_studio
from tests.waiting import until

TRIES = 5
LOOKS = 20
OWNER = "bench"


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def long_job(studio: Studio, clip: str, style: str) -> str:
    """A video job that has drawn its first frames; its id."""
    job = studio.submit("cartoon", {"source": clip, "style": style}, OWNER).id
    until(lambda: studio.job(job, OWNER).done)
    return job


def short_job(studio: Studio, source: str) -> None:
    ends_as("done", studio, studio.submit("cartoon", {"source": source}, OWNER).id)


def cancel(studio: Studio, job: str) -> None:
    studio.cancel(job, OWNER)
    ends_as("cancelled", studio, job)


def ends_as(state: str, studio: Studio, job: str) -> None:
    """Wait for a job's end. Raises RuntimeError where it is another one, and the figure would say nothing."""
    *_, over = studio.watch(job, OWNER)
    if over.state != state:
        raise RuntimeError(f"the job is {over.state}, not {state}: {over.error}")


def told(what: str, found: list[float]) -> None:
    sys.stdout.write(f"{what:42} median {statistics.median(found):6.3f} s   worst {max(found):6.3f} s\n")


def measure(address: str, studio: Studio, folder: Path) -> None:
    clip = studio.library.add(clip_720p(), OWNER).id
    (folder / "picture.png").write_bytes(picture(256))
    source = studio.library.add(folder / "picture.png", OWNER).id
    short_job(studio, source)
    told("a picture, idle studio", [seconds(lambda: short_job(studio, source)) for _ in range(TRIES)])
    for style in ("ink", "paint"):
        between, cancels, looks = [], [], []
        for _ in range(TRIES):
            job = long_job(studio, clip, style)
            between.append(seconds(lambda: short_job(studio, source)))
            looks += [seconds(lambda: httpx.get(f"{address}/healthz", timeout=60)) for _ in range(LOOKS)]
            cancels.append(seconds(lambda job=job: cancel(studio, job)))
        told(f"a picture while a video ({style}) is drawn", between)
        told(f"cancel of a video ({style})", cancels)
        told(f"/healthz while a video ({style}) is drawn", looks)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder) / "data", device="cpu")
        with served_studio(settings) as (address, studio):
            measure(address, studio, Path(folder))


if __name__ == "__main__":
    main()
