"""What is said to a language model about sheets: the rules, the wish, and the lines that are there."""

import json
from collections.abc import Sequence
from typing import Any

from engines.words.llm_client import Message
from engines.words.llm_texts import instruction
from studio.tasks._sheet import Line, Sheet

LANGUAGES = {"en": "English", "zh-CN": "Simplified Chinese", "ru": "Russian"}
NOTHING = "(none)"
SHOWN = 6
"""Lines by which a sheet that exists already is told from others."""


def rules(language: str) -> Message:
    """The message that says what a sheet is."""
    return {"role": "system", "content": instruction("sheet", also=also_text(language))}


def also_text(language: str) -> str:
    """The rule for the reader's own language; empty for English."""
    return "" if language == "en" else "\n" + instruction("also_text", language=LANGUAGES[language])


def wish(name: str, *parts: dict[str, Any], **values: object) -> Message:
    """The message that says what to do; ``parts`` are pictures."""
    text = instruction(name, **values)
    return {"role": "user", "content": [{"type": "text", "text": text}, *parts] if parts else text}


def shown(lines: Sequence[Line]) -> str:
    """Lines as JSON, one a line, numbered as they stand."""
    rows = [
        {
            "number": number,
            "section": line.section,
            "text": line.text,
            **({"english": line.english} if line.english and line.english != line.text else {}),
            **({"locked": True} if line.locked else {}),
        }
        for number, line in enumerate(lines)
    ]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) or NOTHING


def style_set(lines: Sequence[Line]) -> str:
    """What is said where the style is set by lines of the library."""
    return "\n" + instruction("style_set", lines="\n".join(line.said for line in lines)) if lines else ""


def earlier(sheets: Sequence[Sheet]) -> str:
    """What is said of sheets that were made before."""
    if not sheets:
        return ""
    told = ["- " + ", ".join([line.said for line in sheet.lines if not line.locked][:SHOWN]) for sheet in sheets]
    return "\n" + instruction("earlier", list="\n".join(told))
