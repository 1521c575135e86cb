"""WebM, Matroska, MP3, FLAC and Ogg: packets are copied into a new container with tags, by PyAV."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from studio.tags.notes import AIGC, Notes, Unsuitable

FORMATS = {".webm": "webm", ".mkv": "matroska", ".mp3": "mp3", ".flac": "flac", ".ogg": "ogg", ".opus": "opus"}
RECORD_KEY = "COMMENT"
WRITTEN_ANEW = frozenset({"DURATION", "ENCODER"})
EXACT = {"fflags": "+bitexact"}


def write(file: Path, target: Path, notes: Notes) -> None:
    """Notes of an earlier writing are replaced. Raises Unsuitable where the container can't be copied."""
    import av

    kind = FORMATS[file.suffix.lower()]
    try:
        order = _decode_times(file)
        with av.open(str(file)) as source, av.open(str(target), "w", format=kind, options=EXACT) as out:
            out.metadata.update(_with_ours(source.metadata, notes))
            made = {}
            for stream in source.streams:
                made[stream.index] = out.add_stream_from_template(stream, opaque=True)
                made[stream.index].metadata.update(_without(stream.metadata, WRITTEN_ANEW))
                made[stream.index].time_base = stream.time_base
            for packet in source.demux():
                if packet.pts is not None:
                    packet.dts = next(order[packet.stream.index])
                    packet.stream = made[packet.stream.index]
                    out.mux(packet)
    except (av.FFmpegError, ValueError) as problem:
        raise Unsuitable from problem


def _decode_times(file: Path) -> dict[int, Iterator[int]]:
    """For each stream, growing times that are never later than the packets' own.

    Matroska keeps the order of packets but not their decoding times, and a muxer wants them.
    """
    import av

    shown: defaultdict[int, list[int]] = defaultdict(list)
    with av.open(str(file)) as source:
        for packet in source.demux():
            if packet.pts is not None:
                shown[packet.stream.index].append(packet.pts)
    times = {}
    for index, moments in shown.items():
        ordered = sorted(moments)
        late = max(early - own for early, own in zip(ordered, moments, strict=True))
        times[index] = iter([moment - late for moment in ordered])
    return times


def _with_ours(tags: Mapping[str, str], notes: Notes) -> dict[str, str]:
    label = {AIGC: notes.aigc, "DIGITALSOURCETYPE": notes.source_type}
    ours = {RECORD_KEY: notes.record, **label, "SOFTWARE": notes.software}
    return {**_without(tags, frozenset(ours)), **ours}


def _without(tags: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    return {name: text for name, text in tags.items() if name.upper() not in names}


def read(file: Path) -> str:
    """The record, or nothing."""
    import av

    try:
        with av.open(str(file), metadata_errors="replace") as container:
            own = [container.metadata, *(stream.metadata for stream in container.streams)]
            tags = {name.upper(): text for metadata in own for name, text in metadata.items()}
    except (av.FFmpegError, ValueError):
        return ""
    return tags.get(RECORD_KEY, "")
