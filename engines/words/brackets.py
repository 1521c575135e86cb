"""Where brackets open and close in a prompt, as AUTOMATIC1111's web interface counts them."""

import re
from collections import defaultdict

OPAQUE = re.compile(r"<[A-Za-z_]\w*:[^<>]*>")
"""``<lora:name:1>`` and the like, whose inside is no part of the prompt."""
CLOSING = {"(": ")", "[": "]", "{": "}"}
OPENING = {close: opened for opened, close in CLOSING.items()}
ESCAPABLE = "()[]\\"


def hidden(text: str) -> frozenset[int]:
    """Places of the signs that mean themselves: escaped ones, their backslashes, and all inside ``<lora:…>``."""
    found = {place for match in OPAQUE.finditer(text) for place in range(*match.span())}
    at = text.find("\\")
    while at >= 0:
        step = 1
        if at not in found and text[at + 1 : at + 2] and text[at + 1] in ESCAPABLE:
            found.update((at, at + 1))
            step = 2
        at = text.find("\\", at + step)
    return frozenset(found)


def pairs(text: str) -> dict[int, int]:
    """Place of each opening bracket that is closed, to the place where it is. Each kind is counted by itself."""
    skip = hidden(text)
    opened: defaultdict[str, list[int]] = defaultdict(list)
    found = {}
    for place, sign in enumerate(text):
        if place in skip:
            continue
        if sign in CLOSING:
            opened[sign].append(place)
        elif sign in OPENING and opened[OPENING[sign]]:
            found[opened[OPENING[sign]].pop()] = place
    return found


def outside(text: str) -> list[bool]:
    """For each sign whether it stands outside all brackets that are closed, and isn't hidden."""
    skip, found = hidden(text), pairs(text)
    closes = set(found.values())
    depth, free = 0, []
    for place in range(len(text)):
        depth += place in found
        free.append(depth == 0 and place not in skip)
        depth -= place in closes
    return free
