"""JSON objects, for prompts and the like: the record and the label as members of their own."""

import json
from pathlib import Path

from studio.tags.notes import AIGC, Notes, Unsuitable

MEMBER = "provenance"


def write(file: Path, target: Path, notes: Notes) -> None:
    """Raises Unsuitable for what is no JSON object."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unsuitable from error
    if not isinstance(found, dict):
        raise Unsuitable
    whole = {**found, MEMBER: json.loads(notes.record), AIGC: json.loads(notes.aigc)}
    target.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def read(file: Path) -> str:
    """The record, or nothing."""
    found = json.loads(file.read_text(encoding="utf-8"))
    return json.dumps(found[MEMBER]) if isinstance(found, dict) and MEMBER in found else ""
