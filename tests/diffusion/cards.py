"""Tiny models as installed model cards, for engines that choose among those."""

import json
import shutil
from pathlib import Path
from typing import Any

from studio.cards import Cards
from studio.checksum import sha256_of
from studio.engine import Means
from studio.memory import Residency
from studio.run import Run
from studio.settings import Settings
from tests.diffusion.scenes import PLENTY, Watched

HEAD = """
id = "{id}"
task = "character"
licence = "none"
licence_url = "https://example.org"
commercial = true
homepage = "https://example.org"
[title]
en = "{id}"
zh-CN = "{id}"
ru = "{id}"
[summary]
en = "."
zh-CN = "."
ru = "."
[capabilities]
"""
ENTRY = '[[files]]\nname = "{name}"\nverify = "first-use"\n'


def family(name: str, base: Path, **parts: Path) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Cards (id -> weights and capabilities) of a model and of what belongs to it: ``adapter``, ``vision``, ``pose`` …"""
    found: dict[str, tuple[Path, dict[str, Any]]] = {name: (base, {"kind": "diffusion"})}
    for part, path in parts.items():
        kinds: dict[str, dict[str, Any]] = {
            "adapter": {"kind": "ip-adapter", "vision": f"{name}-vision"},
            "vision": {"kind": "clip-vision"},
            "lora": {"kind": "lora"},
            "lcm": {"kind": "lora", "speed": "lcm"},
            "tiny": {"kind": "tiny-vae"},
            "union": {"kind": "controlnet", "maps": ["pose", "canny", "lineart", "depth"]},
        }
        told = kinds.get(part, {"kind": "controlnet", "maps": [part]})
        found[f"{name}-{part}"] = (path, told | {"family": name.partition("-")[0]})
    return found


def install(home: Path, wanted: dict[str, tuple[Path, dict[str, Any]]]) -> Cards:
    """The cards, with their files where a download would have put them."""
    settings = Settings(data_dir=home / "data")
    shipped = home / "cards"
    shipped.mkdir(parents=True, exist_ok=True)
    for card, (path, told) in wanted.items():
        names = [path.name] if path.is_file() else [str(one.relative_to(path)) for one in sorted(_files(path))]
        text = HEAD.format(id=card) + "".join(f"{key} = {json.dumps(value)}\n" for key, value in told.items())
        (shipped / f"{card}.toml").write_text(text + "".join(ENTRY.format(name=name) for name in names))
        for name in names:
            target = settings.models_dir / card / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path if path.is_file() else path / name, target)
    cards = Cards(settings, shipped=shipped)
    for card in cards.all():
        for file in card.files:
            cards.seal(card.id, file.name, sha256_of(cards.path(card.id, file.name)))
    return cards


def run_with(cards: Cards, folder: Path, memory: Residency | None = None, seed: int = 5) -> tuple[Run, Watched]:
    """A run with these cards, and what stands behind it."""
    for name in ("out", "work"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    host = Watched(folder / "out")
    means = Means(cards.installed, cards.of_kind)
    memory = memory or Residency(lambda device: PLENTY)
    return Run("test", host, folder / "work", seed, cards=cards, memory=memory, means=means), host


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
