"""Vector drawings from strangers, drawn without following anything that leads out of the file or grows without end.

What is refused is refused before anything is drawn: document types and entities, scripts, links to other files, style sheets (skia
doesn't read them), slow filters, and references that repeat each other beyond measure.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

import numpy as np
import skia

from engines.arrays import Bytes
from studio.errors import BadInput

SIDE = 1536
"""Longer side of what is drawn, in pixels, whatever the file says."""
MOST_BYTES = 4 << 20
MOST_DEPTH, MOST_DRAWN = 64, 50_000
NARROWEST = 40.0
BOX = ("left", "top", "width", "height")
BANNED = {"script": "a script", "foreignObject": "a foreign object", "style": "a style sheet"}
FILTERS = frozenset(
    {"feGaussianBlur", "feOffset", "feMerge", "feMergeNode", "feBlend", "feColorMatrix", "feFlood", "feComposite"}
)
LINK = re.compile(r"url\(\s*['\"]?([^'\")]*)")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass
class Node:
    """An element: its name, what it refers to inside the file, and what is in it."""

    name: str
    attributes: dict[str, str]
    refers: list[str] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)


def draw_svg(data: bytes, name: str) -> Bytes:
    """uint8 HxWx4 (unpremultiplied), 1536 pixels at its longer side. Raises BadInput for what isn't a safe SVG."""
    if len(data) > MOST_BYTES:
        raise BadInput("parts.svg_unsafe", name=name, what=f"more than {MOST_BYTES >> 20} MB")
    root = _Reader(name).read(data)
    dom = skia.SVGDOM.MakeFromStream(skia.MemoryStream(data))
    if dom is None:
        raise BadInput("parts.svg_unreadable", name=name)
    box = [float(number) for number in NUMBER.findall(root.attributes.get("viewBox", ""))]
    if not _absolute(root):
        dom.setContainerSize(skia.Size(*box[2:]) if len(box) == len(BOX) else skia.Size(0, 0))
    held = dom.containerSize()
    width, height = held.width(), held.height()
    if not (0 < width < np.inf and 0 < height < np.inf) or max(width / height, height / width) > NARROWEST:
        raise BadInput("parts.svg_size", name=name)
    factor = SIDE / max(width, height)
    surface = skia.Surface(max(round(width * factor), 1), max(round(height * factor), 1))
    with surface as canvas:
        canvas.clear(skia.ColorTRANSPARENT)
        canvas.scale(surface.width() / width, surface.height() / height)
        dom.render(canvas)
    return np.asarray(surface.toarray(colorType=skia.kRGBA_8888_ColorType), np.uint8)


class _Reader:
    """Reads the elements, and refuses by a sentence."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[Node] = []
        self._root: Node | None = None
        self._count = 0

    def read(self, data: bytes) -> Node:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = lambda *_: self._refuse("a document type")
        parser.EntityDeclHandler = lambda *_: self._refuse("an entity")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise BadInput("parts.svg_unreadable", name=self._name) from error
        if self._root is None or self._root.name != "svg":
            raise BadInput("parts.svg_unreadable", name=self._name)
        _measure(self._root, self._refuse)
        return self._root

    def _refuse(self, what: str) -> NoReturn:
        raise BadInput("parts.svg_unsafe", name=self._name, what=what)

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        node = Node(full.rpartition(" ")[2], {key.rpartition(" ")[2]: value for key, value in attributes.items()})
        self._count += 1
        if node.name in BANNED:
            self._refuse(BANNED[node.name])
        if node.name.startswith("fe") and node.name not in FILTERS:
            self._refuse(f"the filter {node.name}")
        if len(self._open) >= MOST_DEPTH or self._count > MOST_DRAWN:
            self._refuse("too many elements")
        for key, value in node.attributes.items():
            if key.lower().startswith("on"):
                self._refuse("a script")
            links = [value] if key == "href" else LINK.findall(value)
            for link in (link.strip() for link in links):
                if not link.startswith("#"):
                    self._refuse("a link to another file")
                node.refers.append(link[1:])
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._root = node
        self._open.append(node)

    def _end(self, full: str) -> None:
        self._open.pop()


def _measure(root: Node, refuse: Callable[[str], NoReturn]) -> None:
    """Refuses what, with all references followed, draws too much or itself."""
    named = {node.attributes["id"]: node for node in _all(root) if "id" in node.attributes}
    sizes: dict[int, int] = {}
    begun: set[int] = set()

    def size(node: Node, depth: int) -> int:
        if id(node) in sizes:
            return sizes[id(node)]
        if id(node) in begun:
            refuse("an element that holds itself")
        if depth > 4 * MOST_DEPTH:
            refuse("too many elements")
        begun.add(id(node))
        inside = [*node.children, *(named[one] for one in node.refers if one in named)]
        sizes[id(node)] = 1 + sum(size(one, depth + 1) for one in inside)
        begun.discard(id(node))
        if sizes[id(node)] > MOST_DRAWN:
            refuse("too many elements")
        return sizes[id(node)]

    size(root, 0)


def _all(root: Node) -> Iterator[Node]:
    yield root
    for child in root.children:
        yield from _all(child)


def _absolute(root: Node) -> bool:
    """Whether the file says how large it is, and not only as a share of something else."""
    return all(root.attributes.get(key, "%").strip()[-1:] not in ("", "%") for key in ("width", "height"))
