"""Provenance inside the file: who made it, from what settings, and that a machine did.

Three readers are served: IPTC's DigitalSourceType (XMP), the ``AIGC`` label of GB 45438-2025, and the studio itself, which reads
the full record back to load the settings again. PNG pictures also carry ``parameters`` in the form that A1111 writes.
"""

import html
import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from studio import __version__

SOFTWARE = f"Atelier {__version__}"
RECORD = "atelier"
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@dataclass(frozen=True)
class Origin:
    """Where a file comes from: task, engine, seed, settings (flat names), models (card → revision)."""

    task: str
    engine: str
    generative: bool
    seed: int
    request: Mapping[str, Any]
    models: Mapping[str, str]

    @property
    def source_type(self) -> str:
        """IPTC's term: a trained model's work on a given picture is a composite, a filter's work an enhancement."""
        return IPTC + ("compositeWithTrainedAlgorithmicMedia" if self.generative else "algorithmicallyEnhanced")

    @property
    def record(self) -> dict[str, Any]:
        return {"software": SOFTWARE, **asdict(self), "digital_source_type": self.source_type}

    @property
    def aigc(self) -> dict[str, str]:
        """GB 45438-2025, annex E: label 1 says that the content is generated; the studio is producer and propagator."""
        produce = f"{self.task}-{self.engine}-{self.seed}"
        return {
            "Label": "1",
            "ContentProducer": "Atelier",
            "ProduceID": produce,
            "ReservedCode1": "",
            "ContentPropagator": "Atelier",
            "PropagateID": produce,
            "ReservedCode2": "",
        }


def embed(file: Path, origin: Origin) -> None:
    """Write the record into a PNG, JPEG, WebP, GIF, MP4, MOV, WebM, MP3, FLAC or WAV, in place, without touching picture or
    sound; a ZIP gets it as a member. Other files stay as they are.
    """
    writer = WRITERS.get(file.suffix.lower())
    if writer is not None:
        beside = file.with_name(f"{file.stem}.tagged{file.suffix}")
        try:
            writer(file, beside, origin)
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)


def read(file: Path) -> dict[str, Any] | None:
    """The studio's record in a file, or None where there is none."""
    text = _read_text(file)
    try:
        record = json.loads(text) if text else None
    except ValueError:
        return None
    return record if isinstance(record, dict) and "task" in record else None


def xmp(origin: Origin) -> str:
    """The XMP packet: DigitalSourceType, creator tool, and both records as text."""
    record = escape(json.dumps(origin.record, ensure_ascii=False), {'"': "&quot;"})
    label = escape(json.dumps(origin.aigc), {'"': "&quot;"})
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" xmlns:atelier="https://atelier.invalid/ns/1.0/" '
        f'Iptc4xmpExt:DigitalSourceType="{origin.source_type}" xmp:CreatorTool="{SOFTWARE}" '
        f'TC260:AIGC="{label}" atelier:record="{record}"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def parameters(origin: Origin) -> str:
    """The settings in A1111's ``parameters`` form."""
    fields = ", ".join(f"{name}: {value}" for name, value in origin.request.items() if not isinstance(value, (dict, list)))
    return f"{origin.task}\nSteps: 1, Sampler: {origin.engine}, Seed: {origin.seed}, {fields}, Version: {SOFTWARE}"


def _png(file: Path, target: Path, origin: Origin) -> None:
    from PIL import Image, PngImagePlugin

    notes = PngImagePlugin.PngInfo()
    notes.add_text("parameters", parameters(origin))
    notes.add_itxt(RECORD, json.dumps(origin.record, ensure_ascii=False))
    notes.add_itxt("AIGC", json.dumps(origin.aigc))
    notes.add_itxt("XML:com.adobe.xmp", xmp(origin))
    with Image.open(file) as picture:
        picture.save(target, "PNG", pnginfo=notes)


def _jpeg(file: Path, target: Path, origin: Origin) -> None:
    """Insert an XMP segment (APP1) behind the start marker; the coded picture isn't touched."""
    packet = b"http://ns.adobe.com/xap/1.0/\x00" + xmp(origin).encode()
    data = file.read_bytes()
    segment = b"\xff\xe1" + (len(packet) + 2).to_bytes(2, "big") + packet
    target.write_bytes(data[:2] + segment + data[2:])


def _webp(file: Path, target: Path, origin: Origin) -> None:
    from PIL import Image

    with Image.open(file) as picture:
        picture.save(target, "WEBP", lossless=True, xmp=xmp(origin).encode())


def _gif(file: Path, target: Path, origin: Origin) -> None:
    """A comment extension before the trailer; the pictures aren't touched."""
    text = json.dumps(origin.record, ensure_ascii=False).encode()
    blocks = b"".join(bytes([len(text[i : i + 255])]) + text[i : i + 255] for i in range(0, len(text), 255))
    with file.open("rb") as source, target.open("wb") as out:
        shutil.copyfileobj(source, out)
        out.seek(-1, 2)
        out.write(b"\x21\xfe" + blocks + b"\x00\x3b")


def _container(file: Path, target: Path, origin: Origin) -> None:
    """Copy all packets into the same container with tags; MP4 and MOV keep their index in front."""
    import av

    with av.open(str(file)) as source:
        kind = {".mp4": "mp4", ".mov": "mov", ".m4a": "mp4", ".webm": "webm", ".mkv": "matroska"}.get(file.suffix.lower(), file.suffix[1:])
        options = {"movflags": "+faststart+use_metadata_tags"} if kind in ("mp4", "mov") else {}
        with av.open(str(target), "w", format=kind, options={**options, "fflags": "+bitexact"}) as out:
            out.metadata.update(source.metadata)
            out.metadata["comment"] = json.dumps(origin.record, ensure_ascii=False)
            out.metadata["AIGC"] = json.dumps(origin.aigc)
            out.metadata["DigitalSourceType"] = origin.source_type
            out.metadata["encoder"] = SOFTWARE
            streams = {stream.index: out.add_stream_from_template(stream, opaque=True) for stream in source.streams}
            for index, made in streams.items():
                made.metadata.update(source.streams[index].metadata)
                if made.type == "video":
                    made.time_base = source.streams[index].time_base
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = streams[packet.stream.index]
                    out.mux(packet)


def _zip(file: Path, target: Path, origin: Origin) -> None:
    import zipfile

    shutil.copyfile(file, target)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("provenance.json", (1980, 1, 1, 0, 0, 0)), json.dumps(origin.record, ensure_ascii=False))


WRITERS: Mapping[str, Callable[[Path, Path, Origin], None]] = {
    ".png": _png,
    ".jpg": _jpeg,
    ".webp": _webp,
    ".gif": _gif,
    ".zip": _zip,
    **dict.fromkeys((".mp4", ".mov", ".webm", ".mkv", ".m4a", ".mp3", ".flac", ".wav"), _container),
}


def _read_text(file: Path) -> str:
    import zipfile

    from PIL import Image, UnidentifiedImageError

    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            return archive.read("provenance.json").decode() if "provenance.json" in archive.namelist() else ""
    try:
        with Image.open(file) as picture:
            notes = {**picture.info, **getattr(picture, "text", {})}
            if RECORD in notes:
                return str(notes[RECORD])
            if picture.format == "GIF":
                return _gif_comment(file)
            packet = notes.get("xmp", b"")
            found = re.search(r'atelier:record="([^"]*)"', packet.decode(errors="replace") if isinstance(packet, bytes) else packet)
            return html.unescape(found[1]) if found else ""
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return _container_comment(file)


def _gif_comment(file: Path) -> str:
    data = file.read_bytes()
    start = data.rfind(b"\x21\xfe")
    text, at = b"", start + 2
    while start >= 0 and at < len(data) and data[at]:
        text += data[at + 1 : at + 1 + data[at]]
        at += data[at] + 1
    return text.decode(errors="replace")


def _container_comment(file: Path) -> str:
    import av

    try:
        with av.open(str(file), metadata_errors="replace") as container:
            notes = {name.lower(): value for name, value in container.metadata.items()}
            return notes.get("comment", "")
    except (av.FFmpegError, OSError):
        return ""


def holds(file: Path) -> bool:
    """Whether a file of this kind can hold its provenance."""
    return file.suffix.lower() in WRITERS
