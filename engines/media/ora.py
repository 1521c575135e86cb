"""OpenRaster files (specification 0.0.5, openraster.org): a ZIP with ``stack.xml`` and a PNG for each layer; Krita, GIMP and MyPaint open them."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Xml

import cv2

from engines.media.layered import Folder, Layered, Sheet, png

MIME = "image/openraster"
VERSION = "0.0.5"
THUMB = 256
DPI = 72
EPOCH = (1980, 1, 1, 0, 0, 0)


def write_ora(file: Path, picture: Layered) -> None:
    """The same layers make the same bytes."""
    root = Xml.Element(
        "image", version=VERSION, w=str(picture.width), h=str(picture.height), xres=str(DPI), yres=str(DPI)
    )
    stack = Xml.SubElement(root, "stack")
    numbers = iter(range(100_000))
    packed: list[tuple[str, bytes]] = []
    for item in reversed(picture.items):
        if isinstance(item, Sheet):
            packed.append(_layer(stack, item, numbers))
        else:
            inner = _folder(stack, item)
            packed.extend(_layer(inner, sheet, numbers) for sheet in reversed(item.sheets))
    told = Xml.tostring(root, encoding="UTF-8", xml_declaration=True)
    factor = min(THUMB / max(picture.width, picture.height), 1.0)
    small = cv2.resize(picture.merged, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    with zipfile.ZipFile(file, "w") as archive:
        _put(archive, "mimetype", MIME.encode(), stored=True)
        _put(archive, "stack.xml", told)
        for name, data in packed:
            _put(archive, name, data, stored=True)
        _put(archive, "mergedimage.png", png(picture.merged), stored=True)
        _put(archive, "Thumbnails/thumbnail.png", png(small), stored=True)  # type: ignore[arg-type]


def _folder(stack: Xml.Element, folder: Folder) -> Xml.Element:
    seen = "visible" if folder.visible else "hidden"
    return Xml.SubElement(stack, "stack", name=folder.name, visibility=seen, opacity="1.0", isolation="auto")


def _layer(stack: Xml.Element, sheet: Sheet, numbers: Iterator[int]) -> tuple[str, bytes]:
    """Name and bytes of the layer's PNG."""
    name = f"data/layer{next(numbers):03d}.png"
    settings = {
        "name": sheet.name,
        "src": name,
        "x": str(sheet.left),
        "y": str(sheet.top),
        "opacity": "1.0",
        "visibility": "visible" if sheet.visible else "hidden",
        "composite-op": "svg:src-over",
    }
    Xml.SubElement(stack, "layer", settings)
    return name, png(sheet.rgba)


def _put(archive: zipfile.ZipFile, name: str, data: bytes, *, stored: bool = False) -> None:
    """A member without the time, which would make each file another one."""
    info = zipfile.ZipInfo(name, EPOCH)
    archive.writestr(info, data, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
