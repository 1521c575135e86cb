"""Running a task from a page: what is begun is followed, also where something else is begun meanwhile."""

from contextlib import closing
from pathlib import Path

from studio.settings import Settings
from studio.studio import Studio
from tabs.kit.runbar import Runs
from tests.tabs.visit import Visit


def test_a_page_goes_over_to_the_job_that_is_begun_meanwhile(tmp_path: Path) -> None:
    with closing(Studio(Settings(data_dir=tmp_path))) as studio:
        runs = Runs(studio, "speak", lambda request, text: {"text": text}, lambda *_: "", None)
        here, there = Visit(), Visit(session_hash="another")
        first = runs.run(here, "One.")
        watching = runs.watch(first, here)
        assert f'data-job="{first}"' in next(watching)[0]
        other = runs.run(there, "Elsewhere.")
        second = runs.run(here, "Two.")
        assert f'data-job="{second}"' in next(watching)[0]
        studio.cancel(second, "me")
        ends = [status for status, _ in watching]
        assert ends and all(f'data-job="{second}"' in status for status in ends)
        assert runs.newest == {"another": other}
