"""What the doctor says of one thing that it looked at."""

from dataclasses import dataclass, field
from typing import Any, Literal

from studio.engine import Reason
from studio.texts import text

State = Literal["ok", "note", "fault"]


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, the sentence for it (``doctor.<key>``), and the fix where there is one to make."""

    check: str
    state: State
    key: str
    params: dict[str, Any] = field(default_factory=dict)
    fix: str = ""

    def words(self, lang: str) -> str:
        reason = self.params.get("reason")
        if isinstance(reason, Reason):
            words = (
                text(f"engine.{reason.key}", lang, **(reason.params or {})) if reason else text("doctor.can_run", lang)
            )
            return text(f"doctor.{self.key}", lang, **{**self.params, "reason": words})
        return text(f"doctor.{self.key}", lang, **self.params)

    def remedy(self, lang: str) -> str:
        return text(f"doctor.fix.{self.fix}", lang, **self.params) if self.fix else ""
