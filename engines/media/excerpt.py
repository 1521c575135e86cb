"""Part of a film without encoding it again, where its key frames allow that."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from engines.media.opening import open_video
from engines.media.trouble import writing

COPIED = frozenset({"h264", "hevc", "av1", "mpeg4"})
SOUNDS = frozenset({"aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"})


@dataclass(frozen=True)
class _Keys:
    """Key frames that the part begins with and ends before, in the track's own time; ``end`` None is the end of the film."""

    start: int
    end: int | None


def copied(source: Path, target: Path, start: float, end: float, slack: float = 0.0) -> bool:
    """Write the seconds from ``start`` to ``end`` of a film as MP4, packet by packet: every frame of them and no other.

    False, and nothing written, where no key frames stand at both ends, at most ``slack`` seconds before them, or the codec doesn't
    belong in MP4.
    """
    with open_video(source) as film:
        track = film.streams.video[0]
        if track.codec_context.codec.canonical_name not in COPIED or track.time_base is None:
            return False
        keys = _keys(film, track, start, end, slack)
    if keys is None:
        return False
    with (
        writing(target.parent),
        open_video(source) as film,
        av.open(str(target), "w", options={"movflags": "+faststart"}) as out,
    ):
        _copy(film, out, keys)
    return True


def _keys(film: Any, track: Any, start: float, end: float, slack: float) -> _Keys | None:
    base, origin = float(track.time_base), int(track.start_time or 0)
    rate = track.average_rate or 25
    reach, half = slack / base, 0.5 / float(rate) / base
    first, last = origin + start / base, origin + end / base
    film.seek(max(origin, round(first)), stream=track, backward=True)
    found: list[int] = []
    ended = True
    for packet in film.demux(track):
        if packet.pts is None or packet.dts is None:
            continue
        if packet.is_keyframe:
            found.append(packet.pts)
        if packet.dts > last + half:
            ended = False
            break
    begin = next((key for key in reversed(found) if first - reach - half <= key <= first + half), None)
    close = next((key for key in reversed(found) if last - reach - half <= key <= last + half), None)
    if begin is None or (close is None and not ended) or (close is not None and close <= begin):
        return None
    return _Keys(begin, close)


def _copy(film: Any, out: Any, keys: _Keys) -> None:
    track = film.streams.video[0]
    sounds = [
        one for one in film.streams.audio if one.codec_context and one.codec_context.codec.canonical_name in SOUNDS
    ]
    into = {one.index: out.add_stream_from_template(one) for one in (track, *sounds[:1])}
    start_s = float(keys.start * track.time_base)
    end_s = None if keys.end is None else float(keys.end * track.time_base)
    film.seek(keys.start, stream=track, backward=True)
    for packet in film.demux(*(one for one in film.streams if one.index in into)):
        if packet.dts is None or packet.pts is None:
            continue
        at = float(packet.pts * packet.time_base)
        if at < start_s or (end_s is not None and at >= end_s):
            continue
        shift = round(start_s / packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = into[packet.stream.index]
        out.mux(packet)
