"""A picture in layers: folders of sheets, laid over each other as every painting program does it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import overload

import cv2
import numpy as np

from engines.arrays import Bytes, Floats

FAST = 1
"""How hard PNG compresses, 0..9: sheets of flat colours hardly become smaller by more."""
NOTHING: Bytes = np.zeros((0, 0, 4), np.uint8)


@dataclass(frozen=True, eq=False)
class Sheet:
    """``rgba`` uint8 hxwx4 in straight alpha, with its corner at ``left``, ``top``."""

    name: str
    rgba: Bytes
    left: int = 0
    top: int = 0
    visible: bool = True


class Packed(Sequence[Sheet]):
    """Sheets of which one at a time is unpacked: a large picture's many take little more memory than their file."""

    def __init__(self, sheets: Iterable[Sheet]) -> None:
        self._packed = [(replace(sheet, rgba=NOTHING), png(sheet.rgba)) for sheet in sheets]

    @property
    def names(self) -> list[str]:
        return [sheet.name for sheet, _ in self._packed]

    def renamed(self, names: Sequence[str]) -> "Packed":
        """The same sheets by other names."""
        other = Packed(())
        other._packed = [
            (replace(sheet, name=name), data) for name, (sheet, data) in zip(names, self._packed, strict=True)
        ]
        return other

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, at: int) -> Sheet: ...
    @overload
    def __getitem__(self, at: slice) -> list[Sheet]: ...
    def __getitem__(self, at: int | slice) -> Sheet | list[Sheet]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        sheet, data = self._packed[at]
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert found is not None
        return replace(sheet, rgba=np.asarray(cv2.cvtColor(found, cv2.COLOR_BGRA2RGBA), np.uint8))


@dataclass(frozen=True, eq=False)
class Folder:
    """Sheets from back to front."""

    name: str
    sheets: Sequence[Sheet]
    visible: bool = True


@dataclass(frozen=True, eq=False)
class Layered:
    """Folders and sheets from back to front on a canvas of ``width`` x ``height``. ``merged`` uint8 HxWx4 is what is seen of them."""

    width: int
    height: int
    items: tuple[Folder | Sheet, ...]
    merged: Bytes

    def sheets(self) -> Iterator[tuple[Folder | None, Sheet]]:
        """All sheets from back to front, with their folders."""
        for item in self.items:
            if isinstance(item, Sheet):
                yield None, item
            else:
                yield from ((item, sheet) for sheet in item.sheets)


def composed(items: Iterable[Folder | Sheet], width: int, height: int) -> Floats:
    """What is seen of them, float32 HxWx4 in straight alpha, 0..255."""
    canvas = np.zeros((height, width, 4), np.float32)
    for item in items:
        if not item.visible:
            continue
        for sheet in item.sheets if isinstance(item, Folder) else (item,):
            if sheet.visible:
                _lay(canvas, sheet)
    alpha = canvas[..., 3:]
    canvas[..., :3] /= np.maximum(alpha, 1e-6)
    canvas[..., 3] *= 255
    return canvas


def cut(name: str, rgba: Bytes, *, visible: bool = True) -> Sheet:
    """A sheet of the whole canvas (uint8 HxWx4) without its empty edges; one pixel where all is empty."""
    left, top, width, height = cv2.boundingRect((rgba[..., 3] > 0).astype(np.uint8))
    width, height = max(width, 1), max(height, 1)
    return Sheet(name, np.ascontiguousarray(rgba[top : top + height, left : left + width]), left, top, visible)


def whole(sheet: Sheet, width: int, height: int) -> Bytes:
    """A sheet on the whole canvas, uint8 HxWx4."""
    canvas = np.zeros((height, width, 4), np.uint8)
    rows, columns = sheet.rgba.shape[:2]
    canvas[sheet.top : sheet.top + rows, sheet.left : sheet.left + columns] = sheet.rgba
    return canvas


def png(picture: Bytes) -> bytes:
    """A PNG of uint8 HxW, HxWx3 or HxWx4."""
    order = {2: None, 3: cv2.COLOR_RGB2BGR}.get(picture.shape[-1] if picture.ndim == 3 else 2, cv2.COLOR_RGBA2BGRA)
    turned = picture if order is None else cv2.cvtColor(picture, order)
    return bytes(cv2.imencode(".png", turned, [cv2.IMWRITE_PNG_COMPRESSION, FAST])[1])


def _lay(canvas: Floats, sheet: Sheet) -> None:
    """Over what is there; the canvas holds colours that are multiplied by their alpha of 0..1."""
    rows, columns = sheet.rgba.shape[:2]
    place = canvas[sheet.top : sheet.top + rows, sheet.left : sheet.left + columns]
    alpha = sheet.rgba[..., 3:].astype(np.float32) / 255
    place *= 1 - alpha
    place[..., :3] += sheet.rgba[..., :3] * alpha
    place[..., 3:] += alpha
