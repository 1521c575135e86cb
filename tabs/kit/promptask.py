"""What a visitor asks for on the prompt tab, as requests to the tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.library import Library
from studio.services import LLM
from studio.tasks._sheet import Sheet
from tabs.kit.promptkept import Kept

MOST_SHEETS = 24
WHOLE = frozenset({"vary", "matrix", "translate", "sharpen"})
"""What is asked of a whole sheet; elsewhere only its locked lines go along."""

OF_THE_LIBRARY = frozenset({"apart", "matrix"})
"""What no model is needed for."""


@dataclass(frozen=True)
class Asked:
    """The widgets of the left side, in their order; ``picture`` is a media id, ``model`` the server's, ``writer`` what else writes."""

    idea: str = ""
    picture: str = ""
    style: str | None = None
    spread: float = 0.5
    count: float = 1
    ask: str = "expand"
    lists: Sequence[str] | None = None
    url: str = ""
    key: str = ""
    model: str | None = ""
    writer: str | None = ""

    @property
    def services(self) -> dict[str, dict[str, str]]:
        """The language model's server that the visitor gives."""
        return {LLM: {"url": self.url or "", "key": self.key or "", "model": self.model or ""}}

    def request(self, kept: Kept, more: Mapping[str, Any], library: Library, owner: str, lang: str) -> dict[str, Any]:
        """Values of a prompt request; ``more`` goes before what the widgets say."""
        wanted: dict[str, Any] = {
            "idea": self.idea,
            "style": self.style or None,
            "spread": self.spread,
            "count": min(int(self.count or 1), MOST_SHEETS),
            "ask": self.ask,
            "language": lang,
            "dialect": kept.dialect,
            "lists": [library.add(Path(file), owner).id for file in self.lists or ()],
            **more,
        }
        if self.writer and not wanted.get("draw") and wanted["ask"] not in OF_THE_LIBRARY:
            wanted["model"] = self.writer
        whole = wanted["ask"] in WHOLE or "line" in wanted or "picture" in wanted or "keep" in wanted
        sheet = kept.sheet if whole else Sheet(lines=kept.sheet.locked)
        return {**wanted, "sheet": sheet.model_dump_json()} if sheet.lines else wanted
