"""What a file is by its content: its kind, a safe ending and type, and a picture of it.

The parts that read media are fetched by name when they are needed, and nowhere else in the core.
"""

import mimetypes
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import ZipFile

from studio.engine import part
from studio.errors import BadInput, LimitReached
from studio.tags.archive import BROKEN

THUMB_SIDE = 480
HEAD = 512
ANY_PIXELS = 1 << 62
PICTURES = {"jpeg": ".jpg", "mpo": ".jpg", "png": ".png", "webp": ".webp", "gif": ".gif", "bmp": ".bmp", "tiff": ".tif"}
ENDINGS = {
    "image": frozenset({".jpg", ".png", ".webp", ".gif", ".bmp", ".tif", ".avif", ".heic"}),
    "video": frozenset(
        {
            ".mp4",
            ".m4v",
            ".mov",
            ".webm",
            ".mkv",
            ".avi",
            ".gif",
            ".webp",
            ".png",
            ".mpg",
            ".ts",
            ".mts",
            ".wmv",
            ".flv",
            ".3gp",
            ".ogv",
        }
    ),
    "audio": frozenset({".wav", ".mp3", ".flac", ".m4a", ".aac", ".ogg", ".opus", ".wma", ".aif", ".aiff"}),
}
TEXTS = frozenset({".txt", ".csv", ".json", ".yaml", ".yml", ".srt", ".vtt"})
"""Endings of text files that are taken in: word lists, collections of them, tables, and subtitles."""
MOST_TEXT = 8 << 20
MOST_PACKED = 5000
PLAIN = TEXTS | {".zip", ".srt", ".vtt", ".npz", ".jsonl", ".ora", ".psd"}
"""Results that are no media: what a browser won't take for a page."""
MAGIC = (
    (4, b"ftyp", ".mp4"),
    (0, b"\x1a\x45\xdf\xa3", ".mkv"),
    (0, b"OggS", ".ogg"),
    (8, b"AVI ", ".avi"),
    (8, b"WAVE", ".wav"),
)
PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"<?xml", b"<MPD", b"v=0", b"<ASX", b"<smil")
"""Text files that make a media library open other files: they are no media, whatever they name."""


@dataclass(frozen=True)
class Facts:
    """``kind`` is image, video, audio or file; sizes are None where they mean nothing."""

    kind: str
    suffix: str
    width: int | None = None
    height: int | None = None
    seconds: float | None = None

    @property
    def mime(self) -> str:
        return mimetypes.guess_type(f"file{self.suffix}")[0] or "application/octet-stream"


def is_text(file: Path, name: str) -> bool:
    """Whether it is what its ending says: text in UTF-8, at most 8 MB."""
    if Path(name).suffix.lower() not in TEXTS or file.stat().st_size > MOST_TEXT:
        return False
    try:
        return "\0" not in file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return False


def is_words(file: Path, name: str) -> bool:
    """Whether it is a text, or a ZIP of at most 8 MB and 5000 files with texts among them."""
    if Path(name).suffix.lower() != ".zip" or file.stat().st_size > MOST_TEXT:
        return is_text(file, name)
    try:
        with ZipFile(file) as archive:
            packed = archive.namelist()
    except BROKEN:
        return False
    return len(packed) <= MOST_PACKED and any(Path(each).suffix.lower() in TEXTS for each in packed)


def look(file: Path, name: str, max_pixels: int) -> Facts:
    """Look into a picture, video, sound, text or ZIP of texts. Raises BadInput for anything else, LimitReached for too many pixels."""
    with file.open("rb") as stream:
        head = stream.read(HEAD)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(PLAYLISTS):
        raise BadInput("media.unreadable", name=name)
    if is_words(file, name):
        return Facts("file", Path(name).suffix.lower())
    try:
        info = part("media.probe").probe(file)
    except BadInput as problem:
        raise BadInput(problem.key, **{**problem.params, "name": name}) from problem
    if info.width * info.height > max_pixels:
        limit = max(1, max_pixels // 1_000_000)
        raise LimitReached("media.too_large", name=name, width=info.width, height=info.height, limit=limit)
    suffix = PICTURES.get(info.codec, "") if info.kind == "image" else Path(name).suffix.lower()
    if suffix not in ENDINGS[info.kind]:
        suffix = next((ending for at, magic, ending in MAGIC if head[at : at + len(magic)] == magic), ".bin")
    return Facts(info.kind, suffix, info.width or None, info.height or None, info.seconds or None)


def look_at_own(file: Path, name: str) -> Facts:
    """Look into a file that the studio itself has made."""
    suffix = Path(name).suffix.lower()
    if not any(suffix in endings for endings in ENDINGS.values()):
        return Facts("file", suffix if suffix in PLAIN else ".bin")
    return replace(look(file, name, ANY_PIXELS), suffix=suffix)


def thumbnail(file: Path) -> bytes:
    """A JPEG of a picture or video, at most ``THUMB_SIDE`` pixels high and wide. Raises BadInput."""
    picture = part("media.picture")
    small: bytes = picture.jpeg(picture.poster(file), THUMB_SIDE)
    return small


def clean_name(name: str) -> str:
    """The last part of a path of any system, without what can't stand in a file's name; at most 150 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in last if letter.isprintable() and letter not in '<>:"|?*').strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[:130]}{dot}{ending[:19]}" if stem else kept[:150] or "file"
