"""Palettes, skins, hair and eye colours, and who wears which of them: neighbours must differ to the eye."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.figure.colours import Rgb, lab, mix, rgb, step
from engines.figure.reading import need, only, read
from studio.errors import BadInput

CLOTH = ("main", "second", "accent", "light", "dark")
GOODS = ("metal", "leather", "wood", "backdrop")
ROLES = (*CLOTH, *GOODS, "skin", "blush", "lip", "hair", "tips", "iris", "brow")
APART = 0.20
WORD = re.compile(r"^(#[0-9a-fA-F]{6}|[a-z]+)([+-][1-4])?$")


@dataclass(frozen=True)
class Swatch:
    """A named set of colours: a palette, a skin, a hair or eye colour; ``weight``: how often chance takes it."""

    name: str
    label: Mapping[str, str]
    tags: tuple[str, ...]
    colours: Mapping[str, Rgb]
    weight: float


@dataclass(frozen=True)
class Swatches:
    palettes: Mapping[str, Swatch]
    skins: Mapping[str, Swatch]
    hairs: Mapping[str, Swatch]
    irises: Mapping[str, Swatch]
    fixed: Mapping[str, Rgb]


@dataclass(frozen=True)
class SlotRule:
    """Which palette colours a slot's main part tries in turn, and the slots beside it."""

    main: tuple[str, ...]
    beside: tuple[str, ...]


def read_swatches(path: Path) -> Swatches:
    table, file = read(path), path.name
    only(table, ("fixed", "palette", "skin", "hair", "iris"), file)
    return Swatches(
        _set(need(table, "palette", file), (*CLOTH, *GOODS), file),
        _set(need(table, "skin", file), ("skin", "blush", "lip"), file),
        _set(need(table, "hair", file), ("hair", "tips"), file),
        _set(need(table, "iris", file), ("iris",), file),
        {name: rgb(code, name, file) for name, code in need(table, "fixed", file).items()},
    )


def read_slots(path: Path) -> dict[str, SlotRule]:
    rules = {}
    for name, table in read(path).items():
        only(table, ("main", "beside"), path.name)
        rules[name] = SlotRule(tuple(need(table, "main", path.name)), tuple(table.get("beside", ())))
    return rules


def dress(
    slots: Sequence[str], rules: Mapping[str, SlotRule], base: Mapping[str, Rgb], wishes: Mapping[str, str]
) -> dict[str, dict[str, Rgb]]:
    """For each slot the colours of its roles: the slot's own main and accent, so that neighbours are told apart.

    ``base`` holds the figure's roles, ``wishes`` the palette colour that a slot shall have whatever its neighbours wear.
    """
    worn: dict[str, Rgb] = {"skin": base["skin"], "hair": base["hair"]}
    colours = {}
    for slot in [name for name in rules if name in slots] + [name for name in slots if name not in rules]:
        rule = rules.get(slot, SlotRule(("main",), ()))
        beside = [worn[name] for name in rule.beside if name in worn]
        wish = wishes.get(slot)
        main = base[wish] if wish else _apart([base[name] for name in rule.main], beside)
        worn[slot] = main
        accent = _apart([base[name] for name in ("accent", "light", "metal", "second", "main")], [main])
        light = _apart([base[name] for name in ("light", "second", "main")], [main])
        colours[slot] = {**base, "main": main, "accent": accent, "light": light}
    return colours


def colour(word: str, roles: Mapping[str, Rgb], file: str = "") -> Rgb:
    """The colour of a word such as ``main``, ``hair-2`` or ``#aabbcc+1``."""
    found = WORD.match(word)
    if not found or (not word.startswith("#") and found[1] not in roles):
        raise BadInput("figure.bad_role", file=file, value=word, known=", ".join(sorted(roles)))
    base = rgb(found[1], word, file) if word.startswith("#") else roles[found[1]]
    return step(base, int(found[2] or 0))


def check_colour(word: str, swatches: Swatches, file: str) -> None:
    """``BadInput`` (figure.bad_role) where ``word`` names no colour."""
    colour(word, dict.fromkeys((*ROLES, *swatches.fixed), (0.5, 0.5, 0.5)), file)


def base_roles(fixed: Mapping[str, Rgb], palette: Swatch, skin: Swatch, hair: Swatch, iris: Swatch) -> dict[str, Rgb]:
    """The colours of all roles of one figure: the ``fixed`` ones that are the same for everybody, then its own."""
    brow = mix(step(hair.colours["hair"], -2), skin.colours["skin"], 0.12)
    return {**fixed, **palette.colours, **skin.colours, **hair.colours, **iris.colours, "brow": brow}


def _apart(candidates: Sequence[Rgb], beside: Sequence[Rgb]) -> Rgb:
    """The first candidate that differs from all beside it, else the one that differs most."""

    def least(one: Rgb) -> float:
        return min((lab(one).far(lab(other)) for other in beside), default=1.0)

    return next((one for one in candidates if least(one) >= APART), max(candidates, key=least))


def _set(entries: Sequence[Mapping[str, Any]], keys: Sequence[str], file: str) -> dict[str, Swatch]:
    found = {}
    for entry in entries:
        only(entry, ("name", "label", "tags", "weight", *keys), file)
        name = need(entry, "name", file)
        colours = {key: rgb(need(entry, key, file), key, file) for key in keys}
        found[name] = Swatch(
            name, need(entry, "label", file), tuple(entry.get("tags", ())), colours, float(entry.get("weight", 1))
        )
    return found
