"""Opening media that a stranger sent: only real media formats, only the file itself, and errors in sentences."""

import logging
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from engines.media.trouble import read_error
from studio.errors import BadInput, NotFound, StudioError

# Playlists, image patterns, concat scripts and the like are left out: they make FFmpeg open other files and addresses.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,m4v,obu,ivf,av1,flv,asf,rm,mxf,nut,dv,gif,apng,ogg,"
    "wav,w64,aiff,mp3,aac,ac3,eac3,flac,amr,amrnb,amrwb,caf,au,opus,wv,tta,ape,mpc,mpc8,dts,truehd,vob,y4m,yuv4mpegpipe,"
    "jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe,wtv,mj2,smjpeg,mjpeg"
)
OPTIONS = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
HEAD = 64 * 1024

log = logging.getLogger(__name__)


def open_media(path: Path, options: dict[str, str] | None = None) -> InputContainer:
    """An open container for ``path``; the caller closes it.

    Raises NotFound, or BadInput with ``media.empty``, ``media.truncated`` (a moov atom that isn't there),
    ``media.cannot_read``, ``media.unreadable``.
    """
    path = Path(path)
    check_file(path)
    try:
        return av.open(
            str(path.resolve()), "r", options=OPTIONS | (options or {}), metadata_errors="replace", timeout=None
        )
    except (av.error.FFmpegError, OSError, ValueError, MemoryError) as error:
        log.info("can't open %s: %s", path.name, error)
        raise _explain(path, error) from error


def open_video(path: Path) -> InputContainer:
    """The same for a file that must have a picture track which can be decoded; BadInput otherwise."""
    container = open_media(path)
    if container.streams.video and container.streams.video[0].codec_context is not None:
        return container
    key = "media.no_codec" if container.streams.video else "media.no_video"
    container.close()
    raise BadInput(key, name=path.name)


def open_stream(file: Any, name: str) -> InputContainer:
    """The same for a readable, seekable binary file that needn't be on a disk; ``name`` is what errors call it."""
    try:
        container = av.open(file, "r", options={"format_whitelist": FORMATS}, metadata_errors="replace", timeout=None)
    except (av.error.FFmpegError, OSError, ValueError, MemoryError) as error:
        log.info("can't open %s: %s", name, error)
        raise read_error(error, Path(name)) from error
    if container.streams.video and container.streams.video[0].codec_context is not None:
        return container
    container.close()
    raise BadInput("media.no_video", name=name)


def check_file(path: Path) -> None:
    """Raises NotFound, or BadInput for what is empty or can't be opened."""
    try:
        if not path.is_file():
            raise NotFound("media.absent", name=path.name)
        if path.stat().st_size == 0:
            raise BadInput("media.empty", name=path.name)
        with path.open("rb"):
            pass
    except OSError as error:
        raise read_error(error, path) from error


def _explain(path: Path, error: BaseException) -> StudioError:
    if isinstance(error, av.error.InvalidDataError | av.error.EOFError):
        with path.open("rb") as file:
            head = file.read(HEAD)
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return BadInput("media.truncated", name=path.name)
    return read_error(error, path)
