"""Pictures for language models that see: JPEG of at most 1024 pixels, without what cameras write into files."""

import base64
from typing import Any

import numpy as np

from engines.arrays import Bytes
from engines.media.picture import jpeg

MOST_SIDE = 1024


def picture_part(picture: Bytes) -> dict[str, Any]:
    """A part of a message from uint8 HxWx3 RGB, or HxWx4, which is laid over white."""
    rgb = picture[..., :3]
    if picture.shape[2] == 4:
        alpha = picture[..., 3:].astype(np.uint16)
        rgb = ((rgb * alpha + 255 * (255 - alpha)) // 255).astype(np.uint8)
    data = base64.b64encode(jpeg(np.ascontiguousarray(rgb), MOST_SIDE)).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}}
