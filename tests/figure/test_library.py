"""The library's data is whole: enough of everything, labels in each language, tags that the tag library knows."""

import csv
from pathlib import Path

import pytest

from engines.figure.colours import lab
from engines.figure.library import LANGUAGES, library
from engines.figure.palettes import APART, base_roles, dress
from engines.figure.reading import ASSETS

ENOUGH = {"hair": 4, "head": 4, "eyes": 3, "brows": 3, "mouth": 6, "hands": 5, "top": 2, "bottom": 2, "background": 2}


def _tags() -> set[str]:
    found = set()
    for path in (ASSETS.parent / "tags").glob("*.csv"):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found |= {row["en"], *(row.get("also_en") or "").split("|")}
    return found


def test_enough_of_everything() -> None:
    data = library()
    assert len(data.bodies) >= 4
    assert len(data.poses) >= 5
    assert len(data.expressions) >= 6
    swatches = data.swatches
    assert len(swatches.palettes) >= 12
    assert len(swatches.skins) >= 10
    assert len(swatches.hairs) >= 14
    for kind, least in ENOUGH.items():
        assert len(data.of_kind(kind)) >= least, kind


def test_bodies_differ() -> None:
    heads = {name: builds["feminine"].heads for name, builds in library().bodies.items()}
    assert min(heads.values()) < 4.6
    assert max(heads.values()) > 7
    for builds in library().bodies.values():
        assert builds["masculine"].half["shoulder"] > builds["feminine"].half["shoulder"]


def test_labels_in_every_language_and_known_tags() -> None:
    data = library()
    known = _tags()
    swatches = data.swatches
    bodies = [builds["feminine"] for builds in data.bodies.values()]
    labelled = [*data.parts.values(), *data.poses.values(), *data.expressions.values(), *bodies]
    for item in [*labelled, *swatches.palettes.values(), *swatches.skins.values(), *swatches.hairs.values()]:
        assert all(item.label[language] for language in LANGUAGES), item.name
        assert len(set(item.label.values())) > 1, item.name
    for item in labelled:
        assert set(item.tags) <= known, (item.name, set(item.tags) - known)


@pytest.mark.parametrize("name", sorted(library().swatches.palettes))
def test_neighbours_are_told_apart(name: str) -> None:
    data = library()
    swatches = data.swatches
    slots = ["top", "bottom", "outerwear", "footwear"]
    close = 0
    for skin in swatches.skins.values():
        for hair in [*swatches.hairs.values()][::6]:
            base = base_roles(swatches.fixed, swatches.palettes[name], skin, hair, swatches.irises["blue"])
            worn = {slot: lab(roles["main"]) for slot, roles in dress(slots, data.slots, base, {}).items()}
            assert worn["top"].far(worn["bottom"]) >= APART
            close += worn["top"].far(lab(base["skin"])) < APART
    assert close == 0


def test_a_licence_stands_beside_the_drawings() -> None:
    text = Path(ASSETS / "licence.toml").read_text(encoding="utf-8")
    assert "licence" in text
    assert "author" in text
