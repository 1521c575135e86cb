"""Patterns whose words end where a Chinese letter begins: 有3个 is a figure between two words."""

import re
from functools import cache

LETTERS = r"0-9A-Za-z_\u00aa-\u02ff\u0370-\u1fff"


@cache
def rule(pattern: str, flags: int = 0) -> "re.Pattern[str]":
    r"""A pattern in whose classes ``\w`` (always ``[\w]``) means figures and the letters of alphabets."""
    return re.compile(pattern.replace(r"\w", LETTERS), flags)
