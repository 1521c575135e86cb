"""Pictures and tables as one ZIP, the same bytes for the same content."""

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engines.arrays import Bytes
from engines.media.layered import png

EPOCH = (1980, 1, 1, 0, 0, 0)


def write_pack(file: Path, members: Iterable[tuple[str, Bytes | dict[str, Any]]]) -> None:
    """Each picture (uint8 HxW, HxWx3 or HxWx4) as a PNG, each table as JSON, by its name."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            if isinstance(content, dict):
                archive.writestr(
                    zipfile.ZipInfo(name, EPOCH),
                    json.dumps(content, ensure_ascii=False, indent=1),
                    zipfile.ZIP_DEFLATED,
                )
            else:
                archive.writestr(zipfile.ZipInfo(name, EPOCH), png(content))
