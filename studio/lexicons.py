"""Each owner's own pronunciations, remembered as one text of lines."""

import hashlib
from pathlib import Path

from studio.engine import part
from studio.errors import LimitReached

MOST_BYTES = 200_000


class Lexicons:
    """Files in a folder, one an owner, named by a hash of the owner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, owner: str) -> str:
        """The owner's lines; empty where there are none."""
        file = self._file(owner)
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def put(self, owner: str, lines: str) -> str:
        """Remember these lines. Raises BadInput for one that can't be read, LimitReached for too many."""
        part("speech.lexicon").Lexicon.parse(lines)
        encoded = lines.encode("utf-8", "replace")
        if len(encoded) > MOST_BYTES:
            raise LimitReached("rest.body", limit=MOST_BYTES // 1024)
        file = self._file(owner)
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(".new")
        beside.write_bytes(encoded)
        beside.replace(file)
        return lines

    def _file(self, owner: str) -> Path:
        return self._folder / f"{hashlib.sha256(owner.encode()).hexdigest()[:32]}.txt"
