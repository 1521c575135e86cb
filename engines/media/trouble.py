"""FFmpeg's and the system's errors as the studio's sentences."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from studio.errors import BadInput, DiskFull, Failed, NotAllowed, NotFound, OutOfMemory, StudioError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENOENT}


def write_error(error: BaseException, folder: Path) -> StudioError | None:
    """The studio's error for a failed write in ``folder``, or None if ``error`` isn't about writing."""
    if isinstance(error, StudioError):
        return None
    code = getattr(error, "errno", None)
    if code in FULL:
        return DiskFull("media.disk_full")
    if code in CLOSED:
        return NotAllowed("media.cannot_write", folder=folder.name)
    if code == errno.ENOMEM or isinstance(error, MemoryError):
        return OutOfMemory("media.out_of_memory")
    if isinstance(error, av.error.FFmpegError | OSError):
        return Failed("media.write_failed", reason=str(error.strerror or error))
    return None


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turns errors of the body, which writes in ``folder``, into DiskFull, NotAllowed, OutOfMemory or Failed."""
    try:
        yield
    except (av.error.FFmpegError, OSError, MemoryError) as error:
        known = write_error(error, folder)
        if known is None:
            raise
        raise known from error


def read_error(error: BaseException, path: Path) -> StudioError:
    """The studio's error for a media file that can't be opened or read."""
    if isinstance(error, StudioError):
        return error
    if isinstance(error, FileNotFoundError):
        return NotFound("media.absent", name=path.name)
    if isinstance(error, PermissionError | IsADirectoryError):
        return BadInput("media.cannot_read", name=path.name)
    if isinstance(error, MemoryError):
        return OutOfMemory("media.out_of_memory")
    if isinstance(error, av.error.LookupError):
        return BadInput("media.no_decoder", name=path.name)
    return BadInput("media.unreadable", name=path.name)
