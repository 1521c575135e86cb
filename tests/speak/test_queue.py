"""Many lines of several owners at once: each is said in its turn, and heard by its own owner alone."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from studio.errors import NotFound
from studio.settings import Settings
from studio.studio import Studio
from tests.waiting import PATIENCE_S

LINES, OWNERS = 100, ("anna", "boris", "chen")


@pytest.mark.slow
def test_a_hundred_lines_of_three_owners_keep_their_order(tmp_path: Path) -> None:
    with closing(Studio(Settings(data_dir=tmp_path, device="cpu", jobs_per_owner=LINES))) as studio:
        asked = [
            studio.submit("speak", {"text": f"Line {number}.", "finish": "level", "timings": "json"}, owner)
            for number in range(LINES)
            for owner in [OWNERS[number % len(OWNERS)]]
        ]
        studio.start()
        jobs = [list(studio.watch(job.id, job.owner, PATIENCE_S))[-1] for job in asked]
        assert {job.state for job in jobs} == {"done"}
        assert [job.started for job in jobs] == sorted(job.started or 0 for job in jobs)
        for number, job in enumerate(jobs):
            assert job.result is not None
            times = studio.library.get(job.result["times"], job.owner).path
            assert [cue["text"] for cue in json.loads(times.read_text())["cues"]] == [f"Line {number}."]
            with pytest.raises(NotFound):
                studio.library.get(job.result["output"], OWNERS[(number + 1) % len(OWNERS)])
