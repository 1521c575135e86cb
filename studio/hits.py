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
)
EDL_RATE = 25
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
    """An edit decision list (CMX 3600, 25 frames a second) that puts the answers one behind the other."""
    lines, record = [f"TITLE: {title}", "FCM: NON-DROP FRAME", ""], 0.0
    for number, one in enumerate(answers, 1):
        length = max(one.end_s - one.start_s, 1 / EDL_RATE)
        times = (one.start_s, one.start_s + length, record, record + length)
        lines.append(f"{number:03d}  AX       V     C        " + " ".join(map(_timecode, times)))
        lines += [f"* FROM CLIP NAME: {one.name}", f"* SOURCE FILE: {one.file}", ""]
        record += length
    return "\n".join(lines)


def _timecode(seconds: float) -> str:
    frames = round(seconds * EDL_RATE)
    minutes, hours = frames // (60 * EDL_RATE), frames // (3600 * EDL_RATE)
    return f"{hours:02d}:{minutes % 60:02d}:{frames // EDL_RATE % 60:02d}:{frames % EDL_RATE:02d}"


def _plain(value: object) -> object:
    """A name that a spreadsheet won't take for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value
