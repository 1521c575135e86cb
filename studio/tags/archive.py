"""ZIP, for picture sequences: the record as a member of its own."""

import shutil
import zipfile
import zlib
from pathlib import Path

from studio.tags.notes import Notes, Unsuitable

MEMBER = "provenance.json"
LONGEST = 1 << 20
BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, zlib.error, ValueError)
"""What reading a ZIP that is damaged, encrypted or of a strange kind raises."""
EPOCH = (1980, 1, 1, 0, 0, 0)


def write(file: Path, target: Path, notes: Notes) -> None:
    """Raises Unsuitable for what is no ZIP."""
    if not zipfile.is_zipfile(file):
        raise Unsuitable
    shutil.copyfile(file, target)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_STORED) as archive:
        if MEMBER in archive.namelist():
            raise Unsuitable
        archive.writestr(zipfile.ZipInfo(MEMBER, EPOCH), notes.record)


def read(file: Path) -> str:
    """The record, or nothing."""
    try:
        with zipfile.ZipFile(file) as archive:
            info = archive.getinfo(MEMBER)
            return archive.read(info).decode("utf-8", "replace") if info.file_size < LONGEST else ""
    except (*BROKEN, KeyError):
        return ""
