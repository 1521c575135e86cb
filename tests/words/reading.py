"""How much each word of a prompt counts, told apart from the product's own reader: sign by sign with two stacks, as the
web interface's wiki describes it.
"""

import re

NUMBER = re.compile(r":([+-]?[.\d]+)\)")


def counted(prompt: str) -> list[tuple[str, float]]:
    """Each sign that isn't blank or a comma, and its weight; brackets that are never closed last to the end."""
    signs: list[list] = []
    opened: dict[str, list[int]] = {"(": [], "[": []}
    at = 0

    def close(kind: str, factor: float) -> None:
        for entry in signs[opened[kind].pop() :]:
            entry[1] *= factor

    while at < len(prompt):
        sign, stated = prompt[at], NUMBER.match(prompt, at)
        if sign == "\\" and prompt[at + 1 : at + 2] in tuple("()[]\\"):
            signs.append([prompt[at + 1], 1.0])
            at += 1
        elif sign in opened:
            opened[sign].append(len(signs))
        elif stated and opened["("]:
            close("(", float(stated[1]))
            at = stated.end() - 1
        elif sign == ")" and opened["("]:
            close("(", 1.1)
        elif sign == "]" and opened["["]:
            close("[", 1 / 1.1)
        elif sign != "\\":
            signs.append([sign, 1.0])
        at += 1
    for kind, factor in (("(", 1.1), ("[", 1 / 1.1)):
        while opened[kind]:
            close(kind, factor)
    return [(sign, round(weight, 5)) for sign, weight in signs if not sign.isspace() and sign != ","]
