"""Lines with times: read from SRT, VTT or a film's own subtitles, and written as SRT."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av

from engines.media.opening import open_media
from studio.errors import BadInput

CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
TIMES = re.compile(rf"^\s*{CLOCK}\s*-->\s*{CLOCK}.*$", re.MULTILINE)
VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]+)>")
MARKS = re.compile(r"<[^>\n]{0,80}>|\{\\[^}\n]*\}")
NOISES = re.compile(r"\[[^\]\n]*\]|\([^)\n]*\)|（[^）\n]*）|【[^】\n]*】|[♪♫#]+")
NAMED = re.compile(r"^[\s\-–—]*([^\W\d_][\w .'’-]{0,30}?)\s?[:：](?!//)\s*(?=\S)")
NUMBER = re.compile(r"\n\s*\d+\s*$")
TEXT_CODECS = frozenset({"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text"})
ASS_FIELDS = 8
MOST_LINES, MOST_LETTERS = 20_000, 2000
LONGEST_S = 30.0
"""A line without an end lasts so long at most."""


@dataclass(frozen=True)
class Line:
    """``start_s`` and ``end_s`` are its slot on the film's clock; ``name`` is who says it, empty where nobody is named."""

    start_s: float
    end_s: float
    text: str
    name: str = ""


def read_lines(path: Path, name: str, known: Mapping[str, str]) -> list[Line]:
    """The lines of an SRT or VTT file, in order of time, without marks and noises.

    Names of lines are those of ``known``; where none are, those that begin at least two lines. Raises BadInput for a file without lines.
    """
    try:
        text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as problem:
        raise BadInput("dub.no_lines", name=name) from problem
    marks = list(TIMES.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)][: len(marks)]
    raw = []
    for mark, end in zip(marks, ends, strict=True):
        body = text[mark.end() : end]
        body = NUMBER.sub("", body) if end < len(text) else body
        raw.append((_seconds(mark.groups()[:4]), _seconds(mark.groups()[4:]), body.strip().split("\n\n")[0]))
    return _lines(raw, name, known)


def own_lines(film: Path, name: str, known: Mapping[str, str]) -> list[Line]:
    """The lines of a film's first subtitles that are text. Raises BadInput where it has none."""
    raw = []
    with open_media(film) as source:
        streams = [s for s in source.streams.subtitles if s.codec_context and s.codec_context.name in TEXT_CODECS]
        began = float(source.start_time or 0) / av.time_base
        for packet in source.demux(streams[0]) if streams else ():
            if packet.pts is None or not packet.size:
                continue
            start, lasts = (
                float(packet.pts * packet.time_base) - began,
                float((packet.duration or 0) * packet.time_base),
            )
            for subtitle in packet.decode():
                if text := _plain(subtitle):
                    raw.append((start, start + lasts, text))
    return _lines(raw, name, known)


def _plain(subtitle: object) -> str:
    text = getattr(subtitle, "ass", b"") or getattr(subtitle, "text", b"")
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    parts = text.split(",", ASS_FIELDS)
    return parts[-1].replace("\\N", "\n").replace("\\n", "\n") if len(parts) > ASS_FIELDS else text


def _lines(raw: Iterable[tuple[float, float, str]], file: str, known: Mapping[str, str]) -> list[Line]:
    found = []
    for start, end, body in sorted(raw, key=lambda row: row[:2]):
        named = VOICE.search(body)
        text = " ".join(NOISES.sub(" ", html.unescape(MARKS.sub("", body))).split())[:MOST_LETTERS]
        if any(letter.isalnum() for letter in text):
            found.append(Line(max(start, 0.0), end, text, named[1].strip() if named else ""))
    if not found:
        raise BadInput("dub.no_lines", name=file)
    if len(found) > MOST_LINES:
        raise BadInput("dub.too_many_lines", name=file, limit=MOST_LINES)
    return _ended(_named(found, known))


def _named(lines: Sequence[Line], known: Mapping[str, str]) -> list[Line]:
    marks = [NAMED.match(line.text) for line in lines]
    counts = Counter(mark[1].casefold() for mark in marks if mark)
    made = []
    for line, mark in zip(lines, marks, strict=True):
        name = mark[1].casefold() if mark else ""
        if mark and not line.name and (name in known if known else counts[name] > 1):
            line = replace(line, name=mark[1], text=line.text[mark.end() :])
        made.append(line)
    return made


def _ended(lines: Sequence[Line]) -> list[Line]:
    """A line that ends before it begins lasts up to the next."""
    nexts = [*(line.start_s for line in lines[1:]), lines[-1].start_s + LONGEST_S]
    return [
        line
        if line.end_s > line.start_s
        else replace(line, end_s=min(max(after, line.start_s + 0.1), line.start_s + LONGEST_S))
        for line, after in zip(lines, nexts, strict=True)
    ]


def _seconds(clock: Sequence[str | None]) -> float:
    hours, minutes, seconds, part = clock
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + int((part or "0").ljust(3, "0")) / 1000


def as_srt(lines: Iterable[Line]) -> str:
    rows = []
    for number, line in enumerate(lines, 1):
        text = f"{line.name}: {line.text}" if line.name else line.text
        rows.append(f"{number}\n{_clock(line.start_s)} --> {_clock(line.end_s)}\n{text}\n")
    return "\n".join(rows)


def _clock(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"
