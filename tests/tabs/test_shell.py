"""The page as a whole: what it tells a browser to do must not grow with the number of tabs."""

from contextlib import closing

from studio.settings import Settings
from studio.studio import Studio


def test_events_without_a_progress_bar_tell_no_component_of_their_progress(tmp_path):
    """Otherwise the browser looks for each of their outputs in the whole page, at each change of state of each event."""
    from tabs.kit import shell

    with closing(Studio(Settings(data_dir=tmp_path))) as studio:
        events = shell.build(studio, []).config["dependencies"]
    quiet = [event for event in events if event["show_progress"] == "hidden"]
    assert len(quiet) > 100
    assert [event["api_name"] for event in quiet if event["show_progress_on"] != []] == []
