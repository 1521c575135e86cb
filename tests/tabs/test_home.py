"""Home shows what its visitor made last, newest first, and nothing where nothing was made."""

import re
from contextlib import closing

from studio.asset import Made
from studio.owners import HEADER
from studio.settings import Settings
from studio.studio import Studio
from studio.tasks.cartoon import CartoonRequest
from tabs.kit.recent import SHOWN, drawn
from tests.serving import picture
from tests.tabs.visit import Visit

MADE = Made("job", "me", "cartoon", "classical", False, {}, CartoonRequest(source="x"), 0, 1.0)


def test_only_ones_own_results_newest_first(tmp_path):
    with closing(Studio(Settings(data_dir=tmp_path))) as studio:
        assert drawn(studio, Visit()) == ""
        made = []
        for number in range(SHOWN + 2):
            file = tmp_path / f"a & b {number}.png"
            file.write_bytes(picture(seed=number))
            made.append(studio.library.keep(file, file.name, MADE).id)
        brought = tmp_path / "brought.png"
        brought.write_bytes(picture(seed=99))
        studio.library.add(brought, "me")
        page = drawn(studio, Visit())
        assert re.findall(r'data-file="([\w-]+)"', page) == made[::-1][:SHOWN]
        assert "a &amp; b 7.png" in page and "brought" not in page
        assert drawn(studio, Visit(headers={HEADER: "another", "accept-language": "en"})) == ""
