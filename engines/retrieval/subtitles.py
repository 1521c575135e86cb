"""Subtitles: who says what when."""

import re
from collections.abc import Iterator

TIMES = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})")
MARKS = re.compile(r"<[^>]*>|\{[^}]*\}")


def read_subtitles(text: str) -> Iterator[tuple[str, float, float]]:
    """What is said in SRT or WebVTT: (text, start, end) in seconds. What can't be read is passed over."""
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        lines = block.strip().split("\n")
        for number, line in enumerate(lines):
            if times := TIMES.search(line):
                said = MARKS.sub("", " ".join(lines[number + 1 :])).strip()
                if said:
                    yield said, _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
                break


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, after = parts
    return (
        int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + int((after or "0").ljust(3, "0")) / 1000
    )
