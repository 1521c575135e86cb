"""A piece of a larger work: what stands behind the run of a task that another task calls."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from studio.host import Host, Output, Preview
    from studio.tasks import Request

FINE = 1000
"""Steps into which each piece's progress is divided."""


@dataclass(frozen=True)
class Piece:
    """``number`` of ``of`` pieces: everything goes to the whole work's ``host``, progress as its share of the whole.

    ``aside``: its files are steps on the way, not results.
    """

    host: "Host"
    number: int
    of: int
    aside: bool = False

    def report(self, done: int, total: int | None, unit: str, preview: "Preview | None") -> None:
        part = min(done / total, 1.0) if total else 0.0
        self.host.report(round((self.number + part) * FINE), self.of * FINE, "", preview)

    def keep(self, output: "Output", suffix: str) -> str:
        output.aside |= self.aside
        return self.host.keep(output, suffix)

    def resolved(self, request: "Request", facts: "Mapping[str, str]") -> None:
        """The provenance tells the whole work's request."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.host, name)
