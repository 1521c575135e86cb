"""Answers of a search as other programs take them: a table, or an edit decision list."""

import csv
from collections.abc import Sequence
from io import StringIO

from studio.tasks.search_find import Answer

COLUMNS = (
    "file",
    "start_s",
    "end_s",
    "score",
    "at_s",
    "how",
    "name",
    "library",
    "video",
    "shot",
    "seconds",
    "width",
    "height",
    "fps",
)
USUAL_RATE = 25.0
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(answers: Sequence[Answer]) -> str:
    """A table with a line for each answer."""
    into = StringIO()
    table = csv.writer(into)
    table.writerow(COLUMNS)
    for one in answers:
        table.writerow([_plain(getattr(one, column)) for column in COLUMNS])
    return into.getvalue()


def as_edl(answers: Sequence[Answer], title: str) -> str:
    """An edit decision list (CMX 3600) that puts the answers one behind the other: sources in their own frames, the sequence in those of most."""
    rates = [one.fps for one in answers if one.fps]
    rate = max(rates, key=rates.count, default=USUAL_RATE)
    lines, record = [f"TITLE: {title}", "FCM: NON-DROP FRAME", ""], 0.0
    for number, one in enumerate(answers, 1):
        own = one.fps or rate
        length = max(one.end_s - one.start_s, 1 / own)
        times = [_timecode(one.start_s, own), _timecode(one.start_s + length, own)]
        times += [_timecode(record, rate), _timecode(record + length, rate)]
        lines.append(f"{number:03d}  AX       V     C        " + " ".join(times))
        lines += [f"* FROM CLIP NAME: {one.name}", f"* SOURCE FILE: {one.file}", f"* FRAME RATE: {own:g}", ""]
        record += length
    return "\n".join(lines)


def _timecode(seconds: float, rate: float) -> str:
    """Frames are counted, none is left out: at 29.97 as at 30."""
    base, frames = max(round(rate), 1), round(seconds * rate)
    minutes, hours = frames // (60 * base), frames // (3600 * base)
    return f"{hours:02d}:{minutes % 60:02d}:{frames // base % 60:02d}:{frames % base:02d}"


def _plain(value: object) -> object:
    """A name that a spreadsheet won't take for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value
