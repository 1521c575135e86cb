"""A small Exif block: the software, and the settings as the user's comment, where A1111 looks for them in JPEG and
WebP.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.tags.notes import Notes

CODE = 8
MAKE, MODEL, SOFTWARE, EXIF_IFD, USER_COMMENT = 0x010F, 0x0110, 0x0131, 0x8769, 0x9286


def exif(notes: Notes) -> bytes:
    """The block with its ``Exif`` head."""
    from PIL import Image

    block = Image.Exif()
    block[SOFTWARE] = notes.software
    block.get_ifd(EXIF_IFD)[USER_COMMENT] = b"UNICODE\x00" + notes.parameters.encode("utf-16-be", "replace")
    return bytes(block.tobytes())


def comment(file: Path) -> str:
    """The user's comment in the Exif block of a picture, or nothing. Some programs write it where it doesn't belong, into the
    block's first part.
    """
    main, more = _block(file)
    found = more.get(USER_COMMENT) or main.get(USER_COMMENT) or b""
    if isinstance(found, str):
        return found
    code, text = bytes(found[:CODE]), bytes(found[CODE:])
    if code == b"UNICODE\x00":
        return _wide(text).rstrip("\x00")
    return (text if code.rstrip(b"\x00") in (b"ASCII", b"") else bytes(found)).decode("utf-8", "replace").rstrip("\x00")


def descriptions(file: Path) -> list[str]:
    """The texts that stand for a camera's maker and model in the Exif block of a picture: ComfyUI keeps its graphs there."""
    main, _ = _block(file)
    return [value for tag in (MAKE, MODEL) if isinstance(value := main.get(tag), str)]


def _block(file: Path) -> tuple[Mapping[int, Any], Mapping[int, Any]]:
    """The two parts of a picture's Exif block that hold texts; empty where it has none."""
    from PIL import Image

    try:
        with Image.open(file) as picture:
            block = picture.getexif()
            return dict(block), dict(block.get_ifd(EXIF_IFD))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return {}, {}


def _wide(text: bytes) -> str:
    """Exif doesn't say which byte comes first; of both readings, that with more signs of ASCII is the likelier."""
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return text.decode("utf-16", "replace")
    big, little = (text.decode(f"utf-16-{order}", "replace") for order in ("be", "le"))
    return max((big, little), key=lambda reading: sum(sign.isascii() for sign in reading))
