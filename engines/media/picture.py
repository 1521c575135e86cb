"""Pictures in and out: upright, in sRGB, 8 bit; checked before they are unpacked."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from engines.media.decode import Decoder, Trim
from engines.media.probe import probe
from engines.media.trouble import writing
from studio.errors import BadInput, LimitReached

MAX_PIXELS = 80_000_000
PREVIEW_QUALITY = 82
PNG_LEVEL = 4
"""zlib's level: half the time of its usual one for a twelfth more bytes."""


def read_picture(path: "Path | Any", max_pixels: int = MAX_PIXELS, *, enough: int = 0) -> NDArray[np.uint8]:
    """Of a path, or of an open file with a name: uint8 HxWx3 RGB or HxWx4 RGBA. Raises BadInput for what isn't a whole picture, LimitReached
    for a too large one. With ``enough``, a JPEG may come smaller, with sides of at least so many pixels, which is sooner.
    """
    try:
        with Image.open(path) as picture:
            width, height = picture.size
            if width * height > max_pixels:
                raise LimitReached(
                    "media.too_large", name=path.name, width=width, height=height, limit=max_pixels // 1_000_000
                )
            if enough:
                picture.draft(None, (enough, enough))
            picture.load()
            return _upright_srgb(picture)
    except Image.DecompressionBombError as error:
        raise BadInput("media.bomb", name=path.name) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise BadInput("media.broken_picture", name=path.name) from error


def write_picture(path: Path, picture: NDArray[np.uint8], quality: int = 95) -> None:
    """Write uint8 HxWx3 or HxWx4 in the format that the suffix names. Raises DiskFull or NotAllowed."""
    settings: Mapping[str, Any] = {
        ".jpg": {"quality": quality, "subsampling": 0},
        ".webp": {"quality": quality},
        ".png": {"compress_level": PNG_LEVEL},
    }.get(path.suffix, {})
    with writing(path.parent):
        Image.fromarray(picture).save(path, **settings)


def jpeg(rgb: NDArray[np.uint8], max_side: int) -> bytes:
    """A JPEG of uint8 HxWx3 whose longer side is at most ``max_side``."""
    height, width = rgb.shape[:2]
    scale = max_side / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    data = io.BytesIO()
    Image.fromarray(rgb).save(data, "JPEG", quality=PREVIEW_QUALITY)
    return data.getvalue()


def poster(path: Path) -> NDArray[np.uint8]:
    """A picture that stands for a file: the picture itself, or a frame from a tenth into the video. uint8 HxWx3."""
    info = probe(path)
    if info.kind == "image":
        return over_white(read_picture(path))
    decoder = Decoder(path, Trim(start=info.seconds / 10))
    try:
        return next(decoder.frames()).rgb
    except StopIteration:
        raise BadInput("media.no_frames", name=path.name) from None
    finally:
        decoder.close()


def _upright_srgb(picture: Image.Image) -> NDArray[np.uint8]:
    alpha = picture.has_transparency_data
    profile = picture.info.get("icc_profile")
    if picture.mode in ("I;16", "I;16B", "I;16L", "I"):
        picture = Image.fromarray((np.asarray(picture, np.float64) / 257).clip(0, 255).astype(np.uint8))
    ImageOps.exif_transpose(picture, in_place=True)
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            mode = "RGBA" if picture.mode == "RGBA" else "RGB"
            picture = (
                ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode) or picture
            )
        except (ImageCms.PyCMSError, OSError):
            pass
    mode = "RGBA" if alpha else "RGB"
    return np.asarray(picture if picture.mode == mode else picture.convert(mode))


def over_white(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 HxWx3 of uint8 HxWx3 or HxWx4."""
    if picture.shape[2] == 3:
        return picture
    alpha = picture[..., 3:].astype(np.uint16)
    return ((picture[..., :3] * alpha + 255 * (255 - alpha)) // 255).astype(np.uint8)
