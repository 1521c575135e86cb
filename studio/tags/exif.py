"""A small Exif block: the software, and the settings as the user's comment, where A1111 looks for them in JPEG and
WebP.
"""

from studio.tags.notes import Notes

SOFTWARE, EXIF_IFD, USER_COMMENT = 0x0131, 0x8769, 0x9286


def exif(notes: Notes) -> bytes:
    """The block with its ``Exif`` head."""
    from PIL import Image

    block = Image.Exif()
    block[SOFTWARE] = notes.software
    block.get_ifd(EXIF_IFD)[USER_COMMENT] = b"UNICODE\x00" + notes.parameters.encode("utf-16-be", "replace")
    return bytes(block.tobytes())
