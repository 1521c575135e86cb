"""Provenance inside the file: who made it, from what settings, and that a machine did.

Three readers are served: IPTC's DigitalSourceType (XMP), the ``AIGC`` label of GB 45438-2025 (XMP of TC260's namespace,
and a plain tag where the format has such), and the studio itself, which reads its record back to load the settings
again. PNG, JPEG and WebP also carry ``parameters`` in the form that A1111 writes.

Nothing that is written depends on the clock or on chance: the same job makes the same bytes. When a file was made
stands in the database. The label goes into every output, whatever engine made it: a filter's drawing isn't what was
filmed either, and the standard has no class for it.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from studio import __version__
from studio.tags import archive, boxes, document, gif, jpeg, png, psd, riff, streams
from studio.tags.notes import Notes, Unsuitable

log = logging.getLogger(__name__)

SOFTWARE = f"Atelier {__version__}"
PRODUCER = "Atelier"
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
LONGEST = 1 << 20
HEAD = 16

Write = Callable[[Path, Path, Notes], None]
Read = Callable[[Path], str]

WRITERS: Mapping[str, Write] = {
    ".png": png.write,
    ".jpg": jpeg.write,
    ".jpeg": jpeg.write,
    ".webp": riff.write_webp,
    ".gif": gif.write,
    ".wav": riff.write_wav,
    ".psd": psd.write,
    **dict.fromkeys((".zip", ".ora"), archive.write),
    ".json": document.write,
    **dict.fromkeys((".mp4", ".mov", ".m4v", ".m4a"), boxes.write),
    **dict.fromkeys(streams.FORMATS, streams.write),
}
READERS: tuple[tuple[int, bytes, Read], ...] = (
    (0, b"\x89PNG", png.read),
    (0, b"\xff\xd8\xff", jpeg.read),
    (8, b"WEBP", riff.read_webp),
    (8, b"WAVE", riff.read_wav),
    (0, b"GIF8", gif.read),
    (0, b"8BPS", psd.read),
    (0, b"PK\x03\x04", archive.read),
    (0, b"{", document.read),
    (4, b"ftyp", boxes.read),
)
"""By content: the place of the magic bytes, and who reads what begins so. Everything else is asked as a stream."""


@dataclass(frozen=True)
class Origin:
    """Where a file comes from: task, engine, seed, settings (flat names), models (card → revision).

    ``generative`` says that a trained model made the picture or sound; ``sources`` are the hashes of what it was made
    from; ``composite`` says that parts of several were put together, ``synthetic`` that it was made anew by rules.
    """

    task: str
    engine: str
    generative: bool
    seed: int
    request: Mapping[str, Any]
    models: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    composite: bool = False
    synthetic: bool = False

    @property
    def source_type(self) -> str:
        """IPTC's term: a trained model's work out of nothing, one on a given picture, parts put together, made anew by rules alone,
        or a filter's work.
        """
        if not self.generative:
            anew = "algorithmicMedia" if self.synthetic else "algorithmicallyEnhanced"
            return IPTC + ("composite" if self.composite else anew)
        return IPTC + ("compositeWithTrainedAlgorithmicMedia" if self.sources else "trainedAlgorithmicMedia")

    @property
    def record(self) -> dict[str, Any]:
        facts = {name: getattr(self, name) for name in ("task", "engine", "generative", "seed")}
        settings = {"request": dict(self.request), "models": dict(self.models)}
        return {"software": SOFTWARE, **facts, **settings, "digital_source_type": self.source_type}

    @property
    def aigc(self) -> dict[str, str]:
        """GB 45438-2025, annex E. Label 1: the content is generated or synthesised. The studio makes the file and hands
        it out.

        The number names the work: the same task, settings, models, seed and sources have the same.
        """
        work = json.dumps([self.record, self.sources], ensure_ascii=False, sort_keys=True, default=str)
        number = hashlib.sha256(work.encode("utf-8", "replace")).hexdigest()[:32]
        return {
            "Label": "1",
            "ContentProducer": PRODUCER,
            "ProduceID": number,
            "ReservedCode1": "",
            "ContentPropagator": PRODUCER,
            "PropagateID": number,
            "ReservedCode2": "",
        }

    @cached_property
    def notes(self) -> Notes:
        record = json.dumps(self.record, ensure_ascii=False, default=str)
        label = json.dumps(self.aigc, ensure_ascii=False)
        return Notes(record, label, xmp(self, record, label), parameters(self), self.source_type, SOFTWARE)


def embed(file: Path, origin: Origin) -> bool:
    """Write the record into a file, in place; false for one that can't hold it, which stays as it is.

    PNG, JPEG, WebP, GIF, MP4, MOV, M4A, WebM, Matroska, WAV, MP3, FLAC, Ogg, ZIP, OpenRaster, PSD and JSON can.
    """
    write = WRITERS.get(file.suffix.lower())
    if write is None:
        return False
    beside = file.with_name(f"{file.stem}.tagged{file.suffix}")
    try:
        write(file, beside, origin.notes)
        beside.replace(file)
    except Unsuitable:
        log.warning("a %s file of %s can't hold its provenance", file.suffix, origin.task)
        return False
    finally:
        beside.unlink(missing_ok=True)
    return True


def read(file: Path) -> dict[str, Any] | None:
    """The studio's record in a file, or None where there is none. The file may be anybody's: the record is data to be
    checked.
    """
    with file.open("rb") as stream:
        head = stream.read(HEAD)
    reader = next((read for at, magic, read in READERS if head[at : at + len(magic)] == magic), streams.read)
    try:
        text = reader(file)
        record = json.loads(text) if text and len(text) < LONGEST else None
    except (Unsuitable, ValueError, IndexError, RecursionError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("task"), str) else None


def holds(file: Path) -> bool:
    """Whether a file of this kind can hold its provenance."""
    return file.suffix.lower() in WRITERS


def xmp(origin: Origin, record: str, label: str) -> str:
    """The XMP packet: DigitalSourceType, creator tool, and both records as text."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" xmlns:atelier="https://atelier.invalid/ns/1.0/" '
        f'Iptc4xmpExt:DigitalSourceType="{origin.source_type}" xmp:CreatorTool="{SOFTWARE}" '
        f"TC260:AIGC={_attribute(label)} atelier:record={_attribute(record)}/></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    )


def parameters(origin: Origin) -> str:
    """The settings in A1111's ``parameters`` form: prompt, negative prompt, then a line of names and values."""
    settings = {name: value for name, value in origin.request.items() if not isinstance(value, dict | list | tuple)}
    lines = [str(settings.pop("prompt", origin.task))]
    if negative := settings.pop("negative_prompt", ""):
        lines.append(f"Negative prompt: {negative}")
    facts = {"Seed": origin.seed, "Model": " + ".join(origin.models) or origin.engine, "Engine": origin.engine}
    named = {**facts, **settings, "Version": SOFTWARE}
    lines.append(", ".join(f"{name}: {_quoted(value)}" for name, value in named.items()))
    return "\n".join(lines)


def _attribute(text: str) -> str:
    """An XML attribute's value in double quotes."""
    return '"' + escape(text, {'"': "&quot;"}) + '"'


def _quoted(value: Any) -> str:
    """As A1111 does it: values with a comma, a colon or a line break stand in JSON's quotes."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(mark in text for mark in ",:\n") else text
